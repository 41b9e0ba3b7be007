"""Answers that are NumPy code: `X.T @ dy`, `np.sum(dy * xhat, axis=0)`, several lines with variables of their own.

The code is read, never run by Python (`declare/program.py`). A vector is an array of one axis, or, where that is not
right, a column of shape (n, 1) or a row of shape (1, n), as many courses keep them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from textwrap import dedent
from typing import Any

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone, put
from symgrad.algebra.records import Poly, Value
from symgrad.declare.arrays import Array, Axis, Room
from symgrad.declare.expressions import TooLong
from symgrad.declare.program import Program
from symgrad.errors import ReadError, ShapeError, SymgradError
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.student import verdict as v
from symgrad.student.conventions import UNMARKED
from symgrad.student.meaning import Meaning
from symgrad.student.reference import Reference
from symgrad.student.settle import settled
from symgrad.student.verdict import Verdict
from symgrad.student.whole import DoesNotConform
from symgrad.student.worker import undecided

CODE = re.compile(
    r"\b(?:np|numpy)\.|\.T\b|\.(?:sum|mean|dot|transpose|astype|shape)\b|\(.*\baxis\s*=|@|\[\s*:|:\s*\]|\breturn\b"
)
NO_CODE = re.compile(r"[\\^{}$?]")
REMARK = re.compile(r"#.*")
GRADIENTS = (re.compile(r"d(\w+?)_?d(\w+)"), re.compile(r"()(?:d_?|grad_?)(\w+)"))  # dL_dW; dW, grad_W
STATEMENTS = re.compile(r"[^\n;]+")
WORD = re.compile(r"[^\W\d]\w*")
QUOTIENT = re.compile(r"\bd(\w+)/d(\w+)")
AS_CODE = "read as NumPy code"
STORED = ("", "vectors are columns of shape (n, 1)", "vectors are rows of shape (1, n)")
FLAT, COLUMNS, ROWS = STORED


def may_be_code(text: str) -> bool:
    return not NO_CODE.search(REMARK.sub("", text))


def is_code(text: str) -> bool:
    """Whether a text has a sign of NumPy code, and none of anything else."""
    return may_be_code(text) and CODE.search(text) is not None


def is_program(text: str) -> bool:
    """Whether a text is code of several statements."""
    return is_code(text) and len(STATEMENTS.findall(text.strip())) > 1


def judged_as_code(text: str, reference: Reference, names: Names) -> Verdict:
    """The verdict on a program, over all ways to read it."""
    text = _without_fences(text)
    found: list[Verdict] = []
    for stored in STORED:
        for prefer in ("local", "total"):
            try:
                verdict, ambiguous = _read(text, reference, names, stored, prefer)
            except TooLong as error:
                return undecided(str(error))
            except ReadError as error:
                verdict = Verdict(v.NOT_UNDERSTOOD, 4, "the text is not understood", reason=str(error))
                ambiguous = False
            except SymgradError as error:
                verdict, ambiguous = undecided(f"{type(error).__name__}: {error}"), False
            if verdict.is_right:
                return verdict
            found.append(verdict)
            if not ambiguous:
                break
    first = found[0]
    return next((one for one in found if first.kind == v.WRONG and one.kind == v.UNDECIDED), first)


def _without_fences(text: str) -> str:
    """The program in a text as it is pasted: fences, prompts and a common indentation left out."""
    lines = [line.removeprefix(">>> ") for line in text.splitlines() if not line.strip().startswith("```")]
    return dedent("\n".join(lines)).strip()


def in_formulas(text: str, reference: Reference, names: Names) -> str:
    """The entries that code computes, as a formula; other texts, and code that is not understood, as they are."""
    if reference.room is None or not is_code(text):
        return text
    return judged_as_code(text, reference, names).read or text


def _read(text: str, reference: Reference, names: Names, stored: str, prefer: str) -> tuple[Verdict, bool]:
    """The verdict in one reading, and whether derivatives have another."""
    meaning = Meaning(text, reference, None, prefer, reference.conventions)
    assert reference.room is not None
    letters = set(WORD.findall(text)) & reference.model.indices.keys()
    room = reference.room(letters)
    known = Known(meaning, names, room, stored, frozenset(letters))
    note = f"{AS_CODE}; {stored}" if stored else AS_CODE
    try:
        array = Program(known.quotients(text), room, known, known.asked).run()
        poly = _entries(array, reference, stored)
    except (ShapeError, DoesNotConform) as error:
        return Verdict(v.WRONG, 0, v.RUNGS[0], reason=error.what, notes=(note,)), meaning.ambiguous
    model = room.model.extended(*meaning.names.values())
    stray = sorted(poly.names.difference(reference.free, model.sizes))
    if stray:
        raise ReadError(f"{stray[0]} is not an index of this question", expected=", ".join(reference.free))
    poly = contract(poly, model.context(reference.free))
    found = settled(poly, meaning, reference, reference.free, model, note)
    return replace(found, read=reference.shown(poly, model)), meaning.ambiguous


class Known:
    """What the names of a program stand for: declared names, sizes, indices, and gradients by their usual names."""

    def __init__(self, meaning: Meaning, names: Names, room: Room, stored: str, letters: frozenset[str]) -> None:
        self.meaning, self.names, self.room = meaning, names, room
        self.stored, self.letters = stored, letters  # indices in the text: they are no axes

    def quotients(self, text: str) -> str:
        """The text in which dL/dW, three signs for Python, is one name, unless it gives its own values to these."""

        def one_name(match: re.Match[str]) -> str:
            known = {self._code(match[1]), self._code(match[2])} <= self.room.model.tensors.keys()
            own = any(re.search(rf"^\s*d{n}\s*=(?!=)", text, re.MULTILINE) for n in match.groups())
            return f"d{match[1]}_d{match[2]}" if known and not own else match[0]

        return QUOTIENT.sub(one_name, text)

    def array(self, name: str) -> Array | None:
        code, model = self._code(name), self.room.model
        if code in model.sizes:
            return Array(self.room, (), lone(Value(code, "positive")), name)
        tensor = model.tensors.get(self.meaning.own.let.get(code, code))
        if tensor is None:
            return self._gradient_named(name)
        if code in self.meaning.own.let:
            return self._gradient(self.meaning.own.of, tensor.name, name)
        return self._whole(tensor.axes, lone(tensor.at(map(Affine.name, tensor.axes))), tensor.axes, name, tensor.row)

    def asked(self, name: str) -> bool | None:
        """Whether a name is that of the gradient asked for; None for what is no gradient."""
        own = self.meaning.own
        if name in own.let:
            return own.let[name] == own.by
        found = self._gradient_code(name)
        return None if found is None else found == (own.of, own.by)

    def number(self, value: Array) -> Array:
        """A number beside @: what is computed has shape (1, 1) where vectors are columns or rows."""
        kinds = {self.room.model.tensors[n].kind for n in value.poly.tensors if n in self.room.model.tensors}
        computed = bool(kinds - {"input", "parameter", "constant"})
        return Array(value.room, (None, None), value.poly, value.text) if self.stored and computed else value

    def size(self, name: str) -> Any | None:
        return self.room.sizes_named.get(self._code(name))

    def index(self, name: str) -> str | None:
        code = self._code(name)
        return code if code in self.letters else None

    def _code(self, name: str) -> str:
        """The code of a declared name, however its letters are spelled, as x_hat for xhat; "" for others."""
        for spelled in (name, name.replace("_", "")):
            with suppress(ReadError):
                found = parse(spelled, self.names)
                if isinstance(found, s.Reference) and not found.indices:
                    return found.code
        return ""

    def _gradient_named(self, name: str) -> Array | None:
        found = self._gradient_code(name)
        return None if found is None else self._gradient(*found, name)

    def _gradient_code(self, name: str) -> tuple[str, str] | None:
        """What is differentiated by what, in a name such as dL_dW or dW."""
        for form in GRADIENTS:
            match = form.fullmatch(name)
            of = self._code(match[1]) if match and match[1] else self.meaning.own.of
            by = self._code(match[2]) if match else ""
            if match and {of, by} <= self.room.model.tensors.keys():
                return of, by
        return None

    def _gradient(self, of: str, by: str, name: str) -> Array:
        meaning, tensors = self.meaning, self.room.model.tensors
        found = meaning.reading(of, by, s.Reference(by))
        meaning.names.update((t.name, t) for t in found.names)
        return self._whole(found.axes, found.poly, (*tensors[of].axes, *tensors[by].axes), name, tensors[by].row)

    def _whole(self, own: tuple[str, ...], poly: Poly, declared: tuple[str, ...], name: str, row: bool) -> Array:
        """An array whose axes have different names, none of an index in the text; `row`: a row among columns."""
        axes: list[Axis] = []
        at: dict[str, Affine] = {}
        for mine, axis in zip(own, declared, strict=True):
            taken = [a for a in axes if a]
            other = self.room.index_like(axis, taken) if axis in taken or axis in self.letters else axis
            single = self.room.count(axis) == 1
            axes.append(None if single else other)
            at[mine] = self.room.model.indices[axis].start if single else Affine.name(other)
        upright = (None, *axes) if row else (*axes, None)
        shapes: dict[str, tuple[Axis, ...]] = {COLUMNS: upright, ROWS: (None, *axes)}
        shape = shapes.get(self.stored, tuple(axes)) if len(axes) == 1 else tuple(axes)
        return Array(self.room, shape, put(poly, at), name)


def _entries(array: Array, own: Reference, stored: str) -> Poly:
    """The entries of an array at the indices of the question. Raises DoesNotConform for another shape."""
    model, room = array.room.model, array.room
    letters = set(own.free) & array.poly.names - {a for a in array.axes if a}
    if letters and not array.axes:
        return array.poly
    wanted: list[Axis] = [None if room.count(n) == 1 else n for n in own.free]
    given = list(array.axes)
    if UNMARKED in own.conventions or not wanted:
        given = [a for a in given if a] if len(given) <= 2 else given
        wanted = [n for n in wanted if n]
    lies = stored == ROWS or model.tensors[own.by].row
    if stored and len(given) == len(wanted) + 1 == 2 and given[0 if lies else -1] is None:
        given.pop(0 if lies else -1)
    pairs = list(zip(given, wanted, strict=False))
    same = all(a == n or (a and n and _range(model, a) == _range(model, n)) for a, n in pairs)
    if letters or len(given) != len(wanted) or not same:
        shape, counts = (", ".join(map(str, x)) for x in (array.shape, [room.count(n) for n in own.free]))
        raise DoesNotConform(f"an array of shape ({shape}) is given, and the answer has shape ({counts})")
    return put(
        array.poly,
        {a: Affine.name(n) + model.indices[a].start - model.indices[n].start for a, n in pairs if a and n},
    )


def _range(model: Any, name: str) -> frozenset[Affine]:
    index = model.indices[name]
    return frozenset(x.put({name: Affine.name("*") + index.start}) for x in index.limits)
