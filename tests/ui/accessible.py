"""What every screen of the phone must be: readable by everybody, and no wider than the phone."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.ui.phone_shop import WIDTH

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def check_screen(page: Page, screen: str) -> None:
    """Fail with axe's report, or the width."""
    results = await Axe().run(page, options=WCAG)
    assert results.violations_count == 0, f"{screen}: {results.generate_report()}"
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= WIDTH, f"{screen} is {width} px wide"
