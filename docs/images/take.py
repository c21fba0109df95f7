"""Takes the picture of the READMEs from a running demo: a real conversation on the page ``/chat``."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
TARGET = Path(__file__).with_name("chat.png")


def main(desk: str) -> None:
    """Choose a demo customer, ask twice, and photograph what comes back.

    Args:
        desk: Address of the running desk.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 430, "height": 900}, device_scale_factor=1.5)
        page.goto(f"{desk}/chat")
        page.get_by_role("button", name="戚永安").first.click()
        box = page.get_by_role("textbox").first
        for words in ("我的快递到哪了", "包邮吗"):
            box.fill(words)
            box.press("Enter")
            page.wait_for_timeout(4000)
        page.screenshot(path=str(TARGET))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
