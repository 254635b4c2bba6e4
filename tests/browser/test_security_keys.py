"""A security key from being added to letting its owner in, with the browser's own make-believe key."""

from playwright.sync_api import Browser, Page, expect

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_key(page: Page) -> None:
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})


def test_a_passkey_is_added_and_then_lets_its_owner_in_without_a_password(
    site: str, browser: Browser
) -> None:
    # A key belongs to a name, never to a number such as 127.0.0.1.
    context = browser.new_context(base_url=site.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    with_key(page)

    page.goto("/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.get_by_label("E-mail").fill("executive@demo.example")
    page.get_by_label("Password", exact=True).fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My laptop")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/")
    expect(page.locator(".account-name").first).to_be_visible()

    context.close()
    assert problems == []
