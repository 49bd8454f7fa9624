"""Figures as people read them, shapes, and addresses."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from backend.analytics.board import PRESETS, BoardView
from backend.analytics.writers import disarm
from backend.pages.choices import address, read_view, toggled
from backend.pages.figures import direction, heat, short_money, spark
from backend.pages.geography import decode_states

names = st.one_of(
    st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
)
views = st.builds(
    BoardView,
    preset=st.sampled_from(list(PRESETS)),
    compare=st.booleans(),
    category=names,
    region=names,
    product_id=names,
    day=st.one_of(st.none(), st.dates(date(2001, 1, 1), date(2099, 1, 1))),
)


@given(views)
def test_an_address_brings_anybody_to_the_same_view(view: BoardView) -> None:
    assert read_view(dict(parse_qsl(urlsplit(address(view)).query))) == view


@given(views, names.filter(bool), names.filter(bool))
def test_a_second_click_takes_the_first_one_back(view: BoardView, category: str, region: str) -> None:
    chosen = BoardView(view.preset, view.compare, category, region, view.product_id, view.day)
    cleared = BoardView(view.preset, view.compare, None, None, view.product_id, view.day)
    assert toggled(chosen, category=category, region=region) == address(cleared)
    assert toggled(cleared, category=category, region=region) == address(chosen)


def test_reads_a_broken_link_as_far_as_it_goes() -> None:
    broken = {"range": "1y", "day": "2026-02-30", "region": "North", "compare": "maybe"}
    assert read_view(broken) == BoardView(region="North")


def test_writes_money_short() -> None:
    written = [
        short_money(Decimal(text), "USD") for text in ("5834120", "371400", "64400", "5184.5", "83.2", "0", "-2500000")
    ]
    assert written == ["$5.83M", "$371k", "$64.4k", "$5,184", "$83.20", "$0.00", "-$2.50M"]
    assert short_money(None, "USD") == "–"
    assert short_money(Decimal(12), None) == "12.00"


def test_says_which_way_it_went() -> None:
    assert [direction(Decimal(text)) for text in ("0.04", "0.2", "-3")] == ["level", "up", "down"]
    assert direction(None) == "level"


@given(st.lists(st.one_of(st.none(), st.decimals(-1_000_000, 1_000_000, places=2)), max_size=100))
def test_a_line_stays_within_its_box(values: list[Decimal | None]) -> None:
    points = [tuple(map(float, point.split(","))) for point in spark(values).split()]
    assert len(points) == sum(value is not None for value in values)
    assert all(0 <= x <= 100 and 0 <= y <= 28 for x, y in points)


def test_shades_by_share_of_the_highest() -> None:
    assert [heat(value, 100) for value in (None, 0, 1, 25, 100)] == [0, 0, 1, 4, 9]


def test_decodes_a_state_from_arcs_forward_and_back() -> None:
    topology = {
        "transform": {"scale": [2, 2], "translate": [10, 20]},
        "arcs": [[[0, 0], [5, 0]], [[0, 0], [0, 5], [5, 0], [0, -5]]],
        "objects": {
            "states": {
                "geometries": [
                    {"type": "Polygon", "id": "36", "properties": {"name": "New York"}, "arcs": [[0, -2]]},
                    {"type": "Polygon", "id": "72", "properties": {"name": "No state"}, "arcs": [[0, -2]]},
                ]
            }
        },
    }
    (state,) = decode_states(topology)
    assert (state.code, state.name) == ("NY", "New York")
    assert state.path == "M10,20L20,20L20,30L10,30Z"


def test_keeps_a_spreadsheet_from_running_a_name() -> None:
    dangerous = ("=1+1", "+1", "-1", "@x", "\tx", "\rx")
    assert all(disarm(text) == f"'{text}" for text in dangerous)
    assert disarm("1-1=0") == "1-1=0"
