"""The command derive: formats, exit codes, what is said, and that it can be stopped."""

from __future__ import annotations

import json

import pytest

import symgrad as sg
from symgrad import cli
from symgrad.text.bounded import bounded

SOFTMAX = r"L = -\sum_j y_j \log P_j, P_j = \frac{e^{h_j}}{\sum_k e^{h_k}}"
ASKED = ["derive", SOFTMAX, "--wrt", "h_i", "--fact", r"\sum_j y_j = 1"]


def test_the_worked_solution_as_text(capsys):
    assert cli.main(ASKED) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert " => dL/dh[i] = P[i] - y[i]    (put in the sum)\n" in out
    assert "L, P are defined. y, h are given arrays." in out
    assert "j, k, i run over 0..n - 1 for any n, along y, P, h." in " ".join(out.split())
    assert "It is known that sum(y[j], j=0..n-1) = 1." in out
    assert "Every rewriting is proved for all sizes." in out
    assert max(map(len, out.splitlines())) < 120


@pytest.mark.parametrize(
    ("form", "part"),
    [("latex", r"\boxed{P_{i} - y_{i}}"), ("md", r"\boxed{P_ {i} - y_ {i}}"), ("html", "<math"), ("text", " => ")],
)
def test_every_format(form, part, capsys):
    assert cli.main([*ASKED, "--format", form]) == 0
    assert part in capsys.readouterr().out


def test_json(capsys):
    assert cli.main([*ASKED, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["schema"] == "symgrad/key@1"
    assert printed["questions"][0]["answer"]["text"] == "P[i] - y[i]"


def test_keep_and_of_and_detail(capsys):
    text = r"\mu = \frac{1}{m} \sum_{i=1}^m x_i, y_i = (x_i - \mu)^3, f = f(y), z = \mu + 1"
    assert cli.main(["derive", text, "--wrt", "x_i"]) == 2
    assert "what is differentiated is not said" in capsys.readouterr().err
    assert cli.main(["derive", text, "--wrt", "x_i", "--of", "f", "--keep", r"\mu", "--detail", "1"]) == 0
    assert "df/dmu" in capsys.readouterr().out


def test_from_standard_input(capsys, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("L = w^2\nw = 3*v\n"))
    assert cli.main(["derive", "-", "--wrt", "v"]) == 0
    assert "dL/dv = 6*w" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["L = a x +", "--wrt", "x"], 2, "the formula stops too early\n  where: L = a x +\n"),
        (["L = (x", "--wrt", "x"], 2, "( is not closed"),
        (["L = x^{2000}", "--wrt", "x"], 2, "a power that is too large"),
        (["L = g(x)", "--wrt", "x"], 2, "--function 'g'"),
        (["L = x", "--wrt", "x", "--index", "i"], 2, "this is no range"),
        (["L = x^{y}", "--wrt", "x"], 3, "a power with a symbolic exponent"),
    ],
)
def test_exit_codes(words, code, said, capsys):
    assert cli.main(["derive", *words]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_it_is_stopped(capsys):
    assert cli.main(["derive", "L = (x+y)^{64} (x-y)^{64}", "--wrt", "x", "--seconds", "0.2"]) == 3
    assert "no answer within 0.2 seconds" in capsys.readouterr().err


def test_a_process_that_ends():
    import os

    assert bounded(lambda: os._exit(1), 5.0) == (3, "the process that works has ended")
    code, text = bounded(lambda: [][1:] or (_ for _ in ()).throw(MemoryError()), 5.0)
    assert (code, text) == (3, "the text asks for too much: MemoryError")


def test_from_python():
    g = sg.from_text(SOFTMAX, facts=[r"\sum_j y_j = 1"])
    assert g.derive(g["L"], wrt=g["h"]).text == "P[j] - y[j]"
    assert g.said[0] == "L, P are defined"
    with pytest.raises(TypeError):
        sg.from_text(SOFTMAX, sizs=["n"])


def test_what_was_said_is_escaped(capsys):
    words = ["y_i = x_i - x_{i}, H > K, f = f(y)", "--index", "i=0..H-K", "--wrt", "x_i", "--size", "H", "--size", "K"]
    assert cli.main(["derive", *words, "--format", "html"]) == 0
    assert "H - K" in capsys.readouterr().out
    assert cli.main(["derive", r"y_i = x_{i}<b>", "--wrt", "x_i"]) == 2
