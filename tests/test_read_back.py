"""Every formula of every key, of every layer, in every format, is read again by the reader of students' answers."""

from __future__ import annotations

import html
import json
import re
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from symgrad import exercises, render
from symgrad.algebra.normal import lone
from symgrad.errors import ReadError, SymgradError
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.key import Question
from symgrad.read.names import DeclaredName, Names
from symgrad.render.latex import latex
from symgrad.render.markdown import safe
from symgrad.render.plain import plain
from symgrad.render.text import text as as_text
from tests.layers.samples import ROWS
from tests.layers.test_layers import SLOW
from tests.readback import DoesNotConform, Reader, Step, formulas, graph_names, read_by_any, steps

EXERCISES = list(exercises.available())

# Words and letters that keys explain in their own sentences: they stand for no declared name.
FUNCTIONS = ("count", "shape", "parameters", "multiplications", "E", "Var")
LETTERS = (
    "path",
    "K",
    ("u", "u_#"),
    "n",
    ("w", "w_#"),
    "d",
    ("wnew", "w'"),
    ("vnew", "v'"),
    ("mhat", r"\hat{m}"),
    ("vhat", r"\hat{v}"),
)
LETTERS += (("mnew", "m'"),)  # type: ignore[assignment]
LETTERS += (("nout", r"n_{\mathrm{out}}"), ("E_", "E"))  # type: ignore[assignment]
SLOPES = (("gprime", "g'"), ("reluprime", "ReLU'"), "parameters")  # functions that stand without an argument


def widened(names: Names, symbols, functions=()) -> Names:
    """The names with words of the key, but for those that are names already."""
    for kind, words in (("functions", functions), ("symbols", symbols)):
        for word in words:
            code, shown = (word, "") if isinstance(word, str) else word
            new = DeclaredName(code, shown, int(kind == "functions" or "#" in shown))
            with suppress(ReadError):
                names = replace(names, **{kind: (*getattr(names, kind), new)})
    return names


@cache
def worked(name: str) -> tuple[Any, Any, dict[str, list[Names]]]:
    """An exercise, its key, and the tables of names with which each part was read while it was made."""
    exercise = exercises.load(name)
    tables: dict[str, list[Names]] = {}
    with noted_tables(exercise, tables):
        key = exercise.key()
    return exercise, key, tables


@contextmanager
def noted_tables(exercise, tables):
    """Notes every table of names that is made while a part is worked."""
    made: list[Names] = []
    post = Names.__post_init__
    before = {type(part): type(part).worked for part in exercise.questions}

    def note(self):
        post(self)
        made.append(self)

    def noted(method):
        def work(self, sheet):
            start = len(made)
            found = method(self, sheet)
            tables[self.id] = list({(t.symbols, t.functions, t.sizes, t.indices): t for t in made[start:]}.values())
            return found

        return work

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Names, "__post_init__", note)
        for kind, method in before.items():
            patch.setattr(kind, "worked", noted(method))
        yield


def graph_of(exercise, part):
    return part.graph or exercise.graphs[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_formula_is_read(name):
    exercise, key, tables = worked(name)
    unread = []
    for part, question in zip(exercise.questions, key.questions, strict=True):
        own = [*tables.get(part.id, []), graph_names(graph_of(exercise, part))]
        own += [widened(t, *words) for t in own for words in ((LETTERS, FUNCTIONS), (SLOPES,), ((*LETTERS, *SLOPES),))]
        for tree in formulas(question.blocks):
            text = latex(tree)
            why = read_by_any(text, own)
            if why:
                unread.append((part.id, text, why.splitlines()[0]))
    assert not unread, (len(unread), unread[:40])


# Parts whose formulas are read back by the part itself, in names that it makes up: here only their numbers are.
OWN = ("Together", "Depth", "Chain", "PathBound", "Equation", "SampleSize")
# What stands on the left of lines that say more than a formula of the graph: words, differentials, paths.
SAID = re.compile(
    r"\\operatorname\{(?:count|shape|parameters|multiplications)\}|\\mathrm\{(?:d|parameters)\}|\\text\{path"
    r"|^\\left\([^()]*,|\\lfloor"
)


def reader_of(exercise, part) -> Reader:
    graph = graph_of(exercise, part)
    if isinstance(part, Question):
        return Reader(graph, graph.derive(part.of, part.wrt, keep=part.keep, let=part.let, check=False))
    return Reader(graph)


@cache
def judged(name: str) -> tuple[int, list[tuple[str, Step, str]], list[tuple[str, Step, str]]]:
    """How many lines are true as they are read, which are not, and which are not read in the names of the graph."""
    exercise, key, _ = worked(name)
    right, wrong, unread = 0, [], []
    for part, question in zip(exercise.questions, key.questions, strict=True):
        reader = Reader(None) if type(part).__name__ in OWN else reader_of(exercise, part)
        for step in steps(question.blocks):
            if step.relation != "=":
                continue
            try:
                why = reader.truth(step)
            except SymgradError as error:
                if reader.graph is not None:
                    unread.append((part.id, step, str(error)))
                continue
            right += not why
            if why:
                wrong.append((part.id, step, why))
    return right, wrong, unread


@pytest.mark.parametrize("name", EXERCISES)
def test_every_line_is_true_as_it_is_read(name):
    _, wrong, unread = judged(name)
    assert not wrong
    assert not [found for found in unread if not SAID.search(found[1].left + found[1].right)]


# Format -> how a formula stands in it.
WRITTEN = {
    "latex": lambda page: re.sub(r"\\\\&\\quad\{\}(?:\\cdot )?", " ", page),  # a wide line is broken before a sign
    "html": html.unescape,
    "md": lambda page: page,
    "json": lambda page: json.dumps(json.loads(page), ensure_ascii=False).replace("\\\\", "\\"),
}


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("form", WRITTEN)
def test_every_format_has_these_very_texts(name, form):
    _, key, _ = worked(name)
    page = WRITTEN[form](render.FORMATS[form][1](key, detail=3))
    missing = []
    for question in key.questions:
        for tree in formulas(question.blocks):
            text = safe(latex(tree)) if form == "md" else latex(tree)
            if text not in page:
                missing.append(text)
    assert not missing, (len(missing), missing[:5])


@pytest.mark.parametrize("name", [pytest.param(r.name, marks=pytest.mark.fuzz if r.name in SLOW else ()) for r in ROWS])
def test_every_gradient_of_every_layer_is_read(name):
    """Its definitions, the answer in components, and in matrices where it has that form."""
    row = next(r for r in ROWS if r.name == name)
    g, loss, _ = row.declared()
    reader, notation, read = Reader(g), Notation(g.model), 0
    for tensor in g.model.definitions:
        left = latex(notation.poly(lone(tensor.entry), tensor.axes))
        assert reader.truth(Step(left, "=", latex(notation.definition(tensor)))) == ""
    for by in row.asked(g):
        derivation = g.derive(loss, wrt=g[by], check=False)
        reader = Reader(g, derivation)
        assert reader.truth(Step(derivation.subject_latex, "=", derivation.latex)) == ""
        if derivation.matrix is not None and not derivation.matrix.view.fixed:  # slices, as p_i of p, are not read
            matrices = MatrixNotation(derivation.engine.model)
            left = latex(matrices.gradient(derivation.engine, derivation.matrix.view))
            assert reader.truth(Step(left, "=", derivation.matrix.latex)) == ""
        read += 1
    assert read


def test_how_many_lines_are_read():
    """None of the kinds of lines is skipped without being seen: counted over all exercises."""
    right = {name: judged(name)[0] for name in EXERCISES}
    assert right["relu_mlp"] > 100 and right["batch_normalization"] > 30 and right["residual_graph"] > 50
    assert sum(right.values()) > 300
    assert sum(len(judged(name)[2]) for name in EXERCISES) < 70  # words, differentials, paths


WRONG = {
    "a number of a matrix": (r"\begin{pmatrix}8\\-12\end{pmatrix}", "=", r"\begin{pmatrix}8\\-13\end{pmatrix}"),
    "a matrix turned": (r"\begin{pmatrix}8&1\\2&3\end{pmatrix}", "=", r"\begin{pmatrix}8&2\\1&3\end{pmatrix}"),
    "a product of numbers": (r"\begin{pmatrix}1&2\end{pmatrix} \begin{pmatrix}3\\4\end{pmatrix}", "=", "10"),
    "the value of a name": (r"a^{(1)}", "=", r"\begin{pmatrix}2\\8\\8\end{pmatrix}"),
    "no transpose": (r"\frac{\partial L}{\partial z^{(1)}}", "=", r"W^{(2)} \frac{\partial L}{\partial a^{(2)}}"),
    "entries for a product": (r"a^{(1)}", "=", r"W^{(1)} \odot x + b^{(1)}"),
    "a sign": (r"\frac{\partial L}{\partial z^{(3)}}", "=", r"2 \left(y - \hat{y}\right)"),
    "a column for a row": (r"W^{(3)}", "=", r"{W^{(3)}}^{\top}"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_seen(name):
    graph = exercises.load("relu_mlp").graph
    try:
        why = Reader(graph).truth(Step(*WRONG[name]))
    except DoesNotConform as error:
        why = error.what
    assert why


def test_the_same_lines_put_right():
    reader = Reader(exercises.load("relu_mlp").graph)
    for left, right in {
        r"a^{(1)}": r"\begin{pmatrix}2\\8\\9\end{pmatrix}",
        r"\frac{\partial L}{\partial z^{(1)}}": r"{W^{(2)}}^{\top} \frac{\partial L}{\partial a^{(2)}}",
        r"\begin{pmatrix}1&2\end{pmatrix} \begin{pmatrix}3\\4\end{pmatrix}": "11",
        r"\frac{\partial L}{\partial z^{(3)}}": r"2 \left(\hat{y} - y\right)",
    }.items():
        assert reader.truth(Step(left, "=", right)) == ""


def test_a_formula_that_is_not_read_is_seen():
    assert read_by_any("q + 1", [graph_names(exercises.load("relu_mlp").graph)]).startswith("q is not declared")


def test_text_has_every_formula():
    _, key, _ = worked("batch_normalization")
    page = "".join(as_text(key, detail=3).split())
    for question in key.questions:
        for tree in formulas(question.blocks):
            assert "".join(plain(tree).split()) in page
