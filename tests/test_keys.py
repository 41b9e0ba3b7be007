"""Keys: every claim is read back from its LaTeX text and compared, and a corrupted text is caught."""

from __future__ import annotations

import re
from functools import cache

import pytest

from symgrad import exercises
from symgrad.algebra.records import Poly
from symgrad.errors import CertificateError, DeclarationError, SymgradError
from symgrad.explain.blocks import Lines, Prose
from symgrad.explain.layout import Number
from symgrad.explain.solution import Claim, Solution
from symgrad.key import Exercise, Question
from symgrad.questions import gradient, reading
from symgrad.questions.reading import read_back, reader_names
from symgrad.read.resolve import read
from symgrad.render.latex import latex

KEYS = ["batch_normalization", "softmax_cross_entropy", "sigmoid_convolution"]


@cache
def claims_of(name):
    """Every (derivation, claim) of an exercise, routes included."""
    exercise = exercises.load(name)
    found = []
    for q in exercise.questions:
        for inline in [(), *q.routes.values()]:
            d = exercise.graph.derive(q.of, wrt=q.wrt, keep=q.keep, inline=inline)
            solution = Solution(d.engine, {})
            solution.work()
            found += [(d, claim) for claim in solution.claims]
    return found


@pytest.mark.parametrize("name", KEYS)
def test_every_claim_is_read_back(name):
    found = claims_of(name)
    assert len(found) > 10
    for d, claim in found:
        text = latex(claim.tree)
        assert isinstance(read(text, reader_names(d.engine.model), d.engine.model, d.engine.of), Poly), text
        read_back(d, claim, name)


@pytest.mark.parametrize("name", KEYS)
def test_the_key_reads_back_as_many_claims(name, monkeypatch):
    seen = []
    right = gradient.read_back

    def counted(derivation, claim, where):
        seen.append(where)
        right(derivation, claim, where)

    monkeypatch.setattr(gradient, "read_back", counted)
    worked = exercises.load(name).key()
    assert len(worked.questions) == len({w.split(":")[0] for w in seen})
    shown = sum(len(b.lines) for q in worked.questions for b in q.blocks if isinstance(b, Lines))
    assert len(seen) >= shown > 0


# --- a text that says something else ------------------------------------------------------------------------------


def flipped(text):
    """The first sign between two terms the other way round."""
    for old, new in ((" - ", " + "), (" + ", " - ")):
        at = next((m.start() for m in re.finditer(re.escape(old), text) if not _inside_limits(text, m.start())), None)
        if at is not None:
            yield text[:at] + new + text[at + 3 :]
            return


def _inside_limits(text, at):
    """Whether a place stands in the braces of a subscript or superscript."""
    depth = 0
    for character in reversed(text[:at]):
        depth += (character == "}") - (character == "{")
        if depth < 0:
            return True
    return False


def without_an_index(text):
    found = re.search(r"_\{[a-z]\}", text)
    if found:
        yield text[: found.start()] + text[found.end() :]


def other_limits(text):
    for old, new in ((r"_{i = 0}", r"_{i = 1}"), (r"_{i = 1}", r"_{i = 2}"), (r"^{m}", r"^{m - 1}"),
                     (r"^{N - 1}", r"^{N}"), (r"^{H_1 - K_1}", r"^{H_1 - K_1 - 1}"), (r"\max", r"\min")):  # fmt: skip
        if r"\sum" in text and old in text:
            yield text.replace(old, new, 1)


def other_name(text):
    for old, new in (
        (r"\hat{x}_{i}", "x_{i}"),
        (r"\mu", r"\gamma"),
        ("P(y=i)", "P(y=j)"),
        ("i+k_1", "i"),
        ("p-k_1", "p"),
    ):
        if old in text:
            yield text.replace(old, new, 1)


CORRUPTED = {"sign": flipped, "index": without_an_index, "limits": other_limits, "name": other_name}


@pytest.mark.parametrize("fault", CORRUPTED)
def test_a_corrupted_text_is_caught(fault, monkeypatch):
    """Each line whose text is changed on its way to paper is refused, unless it says the same in other words."""
    caught = missed = 0
    for name in KEYS:
        for d, claim in claims_of(name):
            for wrong in CORRUPTED[fault](latex(claim.tree)):
                monkeypatch.setattr(reading, "latex", lambda tree, wrong=wrong: wrong)
                if _refused(d, claim):
                    caught += 1
                else:
                    missed += 1
                    assert says_the_same(d, claim, wrong), f"{latex(claim.tree)}\n{wrong}"
    assert caught > 10 and missed <= caught // 4


def _refused(d, claim) -> bool:
    try:
        read_back(d, claim, "here")
    except SymgradError:
        return True
    return False


def says_the_same(d, claim, text) -> bool:
    """x - mu for x + mu under a sum that vanishes, or an index of a gradient that has only one place."""
    try:
        found = read(text, reader_names(d.engine.model), d.engine.model, d.engine.of)
    except Exception:  # noqa: BLE001
        return False
    return bool(d.graph.numbers(d.graph.model).compare(found, claim.value, claim.free, d.engine.model).holds)


def test_the_refusal_names_the_place_and_the_text():
    d, claim = claims_of("batch_normalization")[0]
    with pytest.raises(CertificateError) as refusal:
        read_back(d, Claim(Number("2"), claim.value, claim.free), "batch_normalization.a")
    assert refusal.value.where.startswith("batch_normalization.a: 2 at ")
    assert refusal.value.what == "numbers do not confirm a line"


def test_a_text_that_is_not_understood_is_refused(monkeypatch):
    d, claim = claims_of("batch_normalization")[0]
    monkeypatch.setattr(reading, "latex", lambda tree: r"\sum_{i = 1}^{m} \left(")
    with pytest.raises(CertificateError, match="a printed formula cannot be read back"):
        read_back(d, claim, "here")


# --- exercises ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEYS)
def test_key_is_complete(name):
    exercise = exercises.load(name)
    worked = exercise.key()
    assert [q.id for q in worked.questions] == [q.id for q in exercise.questions]
    for q in worked.questions:
        boxed = [line for b in q.blocks if isinstance(b, Lines) for line in b.lines if line.boxed]
        assert len(boxed) == 1 + len(next(x for x in exercise.questions if x.id == q.id).routes)
        assert [b for b in q.blocks if isinstance(b, Prose) and b.kind == "checked"]
        record = q.record
        assert record["certificate"]["worst"] < 1e-7 and record["certificate"]["proved"]
        assert record["steps"] and all(s["law"] and s["rule"] for s in record["steps"])


def test_two_routes_to_different_answers_are_refused(monkeypatch):
    monkeypatch.setattr(gradient, "equal", lambda *rest: False)
    with pytest.raises(CertificateError, match="two routes end in different answers"):
        exercises.load("softmax_cross_entropy").key()


def test_ids_of_questions():
    exercise = exercises.load("batch_normalization")
    a = exercise.questions[0]
    for questions in ([a, a], []):
        with pytest.raises(DeclarationError, match="questions have different ids"):
            Exercise(id="twice", title="", graph=exercise.graph, questions=questions)
    assert Question("q", of=a.of, wrt=a.wrt, text="What is it?").title == "What is it?"
