"""Every format writes every key, by one signature and with nothing that changes from run to run."""

from __future__ import annotations

import pytest

from symgrad.render import FORMATS
from symgrad.render.document import document, fragment
from tests.render.samples import KEY


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("detail", [1, 2, 3])
def test_every_format(form, detail):
    suffix, writer = FORMATS[form]
    assert suffix.startswith(".")
    text = writer(KEY, detail=detail)
    assert text == writer(KEY, detail=detail) and text.endswith("\n") and "None" not in text


def test_latex_as_a_fragment():
    _, writer = FORMATS["latex"]
    assert writer(KEY, detail=2, fragment=True) == fragment(KEY, 2)
    assert writer(KEY, detail=2) == document(KEY, 2)
