"""Tests that need a tool say so with a marker; without the tool they skip, with the reason, and in CI they fail."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True)  # the same examples on every machine
settings.register_profile("fuzz", deadline=None, max_examples=2000)
settings.load_profile("default")


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def lacking(marker: str) -> str:
    """Why tests with that marker cannot run here, or ""."""
    if marker == "browser" and not find_chromium():
        return "no Chromium here (on Debian: apt-get install chromium)"
    if marker == "latex" and not shutil.which("pdflatex"):
        return "no pdflatex here (on Debian: apt-get install texlive-latex-base texlive-latex-recommended)"
    if marker == "oracle" and not importlib.util.find_spec("torch"):
        return "PyTorch is not installed (it is the extra: oracles)"
    if marker == "plot" and not importlib.util.find_spec("matplotlib"):
        return "matplotlib is not installed (it is the extra: plot)"
    if marker == "wheel" and not importlib.util.find_spec("pip"):
        return "no pip in this environment"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reasons = {marker: lacking(marker) for marker in ("browser", "latex", "oracle", "plot", "wheel")}
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("SYMGRAD_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped (SYMGRAD_NO_SKIP): {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser, for tests marked `browser`."""
    found = find_chromium()
    assert found
    return found
