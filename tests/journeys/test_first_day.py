"""A member's first day, in a browser: the one-time link, a password, a security key, recovery codes, and back again."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import House
from tests.journeys.people import LISTEN, Person, accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "nine quiet herons at dusk"
KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def with_security_key(context: BrowserContext) -> Page:
    """A page whose browser has a security key plugged in."""
    page = context.new_page()
    page.add_init_script(LISTEN)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return page


def test_a_new_member_gets_in_with_link_password_and_key(house: House, browser: Any) -> None:
    administrator = Person(browser, house.address, "Teresa Bruni")
    administrator.go("/agency/members/new/")
    administrator.fill("name", "Ottavia Brandt")
    administrator.fill("email", "ottavia.brandt@example.org")
    administrator.choose("roles", "social_worker")
    for kind in ("vetting", "training"):
        for end, year in (("from", "2026"), ("until", "2027")):
            for box, value in zip(range(3), ("1", "2", year), strict=True):
                administrator.fill(f"{kind}_{end}_{box}", value)
    administrator.page.locator("main form button").first.click()
    expect(administrator.page.locator("main")).to_contain_text("/agency/set-up/")
    link = re.search(r"/agency/set-up/[^/\s]+/", administrator.text())
    assert link is not None
    administrator.look("set-up-link")

    page = with_security_key(browser.new_context(viewport={"width": 1280, "height": 900}))
    at = house.address.replace("127.0.0.1", "localhost")  # a security key is bound to a name, never to a number
    page.goto(at + link.group(0))
    for name in ("password", "again"):
        page.locator(f"input[name={name}]").fill(PASSWORD)
    page.locator("main form button").first.click()
    sign_in(page, at)
    expect(page.locator("h1")).to_have_text("Set up your second factor")
    assert page.goto(at + "/cases/") and page.url.endswith("/agency/second-factor/"), "a password alone opens nothing"
    page.get_by_role("link", name="Use a security key").click()
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button").first.click()
    page.locator("input[name=name]").fill("Desk drawer")
    assert accessible(page) == []
    page.get_by_role("button", name="Add the key").click()
    expect(page.locator("h1")).to_have_text("Recovery codes")
    code = page.locator("main code").first.inner_text()
    page.get_by_role("link", name="Go to my work").click()
    expect(page.locator("h1")).to_have_text("My work")
    page.goto(at + "/factors/keys/")
    expect(page.locator("main")).to_contain_text("Desk drawer")
    assert accessible(page) == []
    page.get_by_role("link", name="Remove").click()
    expect(page.locator("main")).to_contain_text("only second factor")

    sign_out(page, at)
    page.goto(at + link.group(0))
    expect(page.locator("main")).to_contain_text("used")
    sign_in(page, at)
    expect(page.locator("h1")).to_have_text("Your second factor")
    assert accessible(page) == []
    page.get_by_role("button", name="Use a security key").click()
    expect(page.locator("h1")).to_have_text("My work")

    sign_out(page, at)
    sign_in(page, at)
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).to_contain_text("Incorrect code")
    page.locator("input[name=code]").fill(code)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("h1")).to_have_text("My work")
    assert page.evaluate("window.__csp") == []


def sign_in(page: Page, at: str) -> None:
    page.goto(at + "/sign-in/")
    page.locator("input[name=login]").fill("ottavia.brandt@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("load")


def sign_out(page: Page, at: str) -> None:
    page.goto(at + "/sign-out/")
    page.locator("main form button").first.click()
    page.wait_for_load_state("load")
