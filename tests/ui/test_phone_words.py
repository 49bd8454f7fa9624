"""How the phone says things, and reads its stream: its pure modules, run in an empty page."""

import base64
from pathlib import Path

import pytest
from playwright.async_api import Browser

from mobile_mock.phone.assets import STATIC
from mobile_mock.phone.pack import pack

pytestmark = pytest.mark.browser

PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"


def packed(name: str) -> str:
    """Answer a module with all that it imports, in base64."""
    return base64.b64encode(pack(STATIC / "js" / name, PACKAGES)[name]).decode()


async def test_what_is_said_is_said_right(browser: Browser) -> None:
    page = await browser.new_page()
    said = await page.evaluate(
        """async ([words, sse]) => {
          const load = (source) => import("data:text/javascript;base64," + source);
          [words, { readEvents }] = [await load(words), await load(sse)];
          const now = new Date(2026, 10, 22, 9);
          const body = new Blob([": beat\\n\\nid: 7\\r\\nevent: suggestion\\r\\ndata: {\\"a\\":\\r\\ndata: 1}\\r\\n\\r\\nid: 8\\n"]).stream();
          const events = [];
          for await (const event of readEvents(body)) events.push(event);
          return {
            since: ["2026-11-22", "2026-11-21", "2026-11-18", "2026-11-08", "2026-10-22", "2026-06-01", "2012-07-11"].map((day) => words.since(day, now)),
            due: ["2026-11-20", "2026-11-22", "2026-11-23", "2026-11-27", "2026-12-12"].map((day) => words.due(day, now)),
            cut: words.cut("🎿🎿 ski mask, ski mask", [{ start: 13, end: 21 }, { start: 3, end: 11 }, { start: 5, end: 8 }, { start: 20, end: 99 }]).map((piece) => [piece.text, Boolean(piece.span)]),
            initials: [{ first_name: "Fama", last_name: "Stres" }, { first_name: "Cher" }, { customer_id: "57fe" }].map(words.initials),
            place: words.place({ city: "new london", state: "NY" }),
            quote: words.because({ type: "note_span", note_id: "n", start: 58, end: 66, text: "ski mask" }, [{ note_id: "n", text: "Came in with her sister, who is well, and asked about the ski mask in small" }]).quote.map((piece) => [piece.text, Boolean(piece.span)]),
            reasons: [
              { type: "own_rhythm", product_id: null, n: 4, every_days: 29.6, days_since: 41 },
              { type: "moved_up", product_id: "p", product_name: "Ski Boots", n: 5, n_product: 20, price: "180.00" },
              { type: "spike", region: "West", observed: 40, expected: 4.21 },
              { type: "purchased", n: 2, amount: "80.00", category: "Winter", last_on: null },
              { type: "told_by_a_newer_server" },
            ].map((reason) => words.because(reason, []).before),
            money: [words.money("180.00", "USD"), words.money("12.50", "EUR")],
            events,
          };
        }""",
        [packed("words.js"), packed("sse.js")],
    )
    await page.close()
    assert said == {
        "since": ["today", "yesterday", "4 d", "2 w", "31 d", "5 mo", "14 y"],
        "due": ["Overdue since 20 Nov", "Today", "Tomorrow", "Friday", "12 Dec"],
        "cut": [["🎿🎿 ", False], ["ski mask", True], [", ", False], ["ski mask", True]],
        "initials": ["FS", "C", "5"],
        "place": "New London, NY",
        "quote": [["… who is well, and asked about the ", False], ["ski mask", True], [" in small", False]],
        "reasons": [
            "Comes about every 30 days, last 41 days ago",
            "5 of 20 who had Ski Boots later took this one",
            "In demand in West: 40 in three hours against a usual 4.2",
            "Bought Winter 2 times for 80.00",
            "Told by a newer server",
        ],
        "money": ["$180", "€12.50"],
        "events": [{}, {"id": "7", "event": "suggestion", "data": '{"a":\n1}'}],
    }
