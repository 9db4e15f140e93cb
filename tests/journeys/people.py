"""What a person does in the browser, step by step, in the words of the pages."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

SHOTS = Path(__file__).resolve().parents[1] / "screenshots"
WIDTHS = {"wide": 1280, "narrow": 390}
LISTEN = (
    "window.__csp=[];document.addEventListener('securitypolicyviolation',"
    "e=>window.__csp.push(e.effectiveDirective+' '+e.blockedURI))"
)
CUT_OFF = "[...document.querySelectorAll('.table-wrap')].some(each => each.scrollWidth > each.clientWidth + 1)"


class Person:
    """Somebody of the demonstration, signed in at one click in a browser of their own."""

    def __init__(self, browser: Browser, address: str, name: str) -> None:
        self.address, self.name = address, name
        context = browser.new_context(viewport={"width": WIDTHS["wide"], "height": 900}, accept_downloads=True)
        self.page: Page = context.new_page()
        self.listen()
        self.go("/agency/demo/")
        self.page.get_by_role("button", name=name, exact=True).click()
        expect(self.page.locator("h1")).to_be_visible()

    def listen(self) -> None:
        """Keep what the browser refuses by the content policy."""
        self.page.add_init_script(LISTEN)

    def go(self, path: str) -> int:
        """Open an address of the house. Returns the status."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state("load")

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state("load")

    def fill(self, field: str, value: str) -> None:
        self.page.locator(f"[name={field}]").first.fill(value)

    def choose(self, field: str, *values: str) -> None:
        """Tick boxes or a radio button by their values."""
        for value in values:
            self.page.locator(f"input[name={field}][value='{value}']").check()

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def look(self, name: str) -> None:
        """Pictures of this page at both widths; it fits, and violates no content policy."""
        assert self.fits(name) == []

    def fits(self, name: str) -> list[str]:
        """Pictures of this page at both widths. What is wrong with it, in words."""
        SHOTS.mkdir(exist_ok=True)
        wrong = []
        for label, width in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=SHOTS / f"{name}-{label}.png", full_page=True)
            overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if overflow > 1:
                wrong.append(f"wider than the screen at {width} px by {overflow}")
            if self.page.evaluate(CUT_OFF):
                wrong.append(f"a table is cut off at {width} px")
        self.page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
        return [*wrong, *self.page.evaluate("window.__csp")]


def accessible(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, as rule and place."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found: dict[str, Any] = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}}).response
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]
