"""The browser that looks at the page. Without one its tests skip, or fail if LEXLOCI_BROWSER=required is set."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def executable() -> str:
    """Path of an installed Chromium; skips the test where there is none, or fails it where one is required."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        absent = "no Chromium here to look at the page with"
        if os.environ.get("LEXLOCI_BROWSER") == "required":
            pytest.fail(f"{absent}, and LEXLOCI_BROWSER=required")
        pytest.skip(absent)
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A running Chromium, by way of Playwright."""
    path = executable()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


class Look:
    """One page, opened from a file, with every request and every complaint of the browser written down."""

    def __init__(self, browser: Any, file: Path, **context: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())

    def __enter__(self) -> "Look":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
