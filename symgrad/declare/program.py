"""NumPy code given as text, run on symbolic arrays: assignments, functions and expressions.

Python reads the text and executes nothing of it: the statements are walked over here, expressions in `expressions.py`,
and whatever has no meaning there is refused with its place. The arrays behave as numpy's do, see `arrays.py`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence

from symgrad.declare.arrays import Array, Room
from symgrad.declare.expressions import NUMPY, Expressions, Names
from symgrad.declare.functions import where
from symgrad.errors import ReadError, ShapeError

MOST_CHARACTERS, MOST_NODES, DEEPEST, MOST_CALLS = 10_000, 2000, 100, 50
VIEWS = (ast.Name, ast.Attribute, ast.Subscript)  # what may share its entries with another variable
SAME = ("einsum", "diag", "transpose", "reshape", "swapaxes", "expand_dims", "asarray", "astype", "ravel")


class Program(Expressions):
    """One text; `run` gives the array that answers the question.

    `asked`: whether a name is what is asked for (True), something else of its kind (False), or neither (None).
    """

    def __init__(self, text: str, room: Room, names: Names, asked: Callable[[str], bool | None]) -> None:
        super().__init__(text, room, names)
        self.asked = asked
        self.functions: dict[str, ast.FunctionDef] = {}
        self.alone: set[str] = set()  # variables whose entries no other variable shares
        self.calls = 0

    def run(self) -> Array:
        """Raises ReadError for what is not read, ShapeError where shapes do not conform."""
        body = self._parsed().body
        last, name = self._statements(body, "")
        if last is None and body and isinstance(body[-1], ast.FunctionDef):
            last, name = self._as_it_stands(body[-1])
        answers = [n for n in self.variables if self.asked(n)]
        if len(answers) > 1:
            raise ReadError(
                f"{' and '.join(answers)} are both what is asked for", text=self.text, expected="one of them"
            )
        if answers and not self.asked(name):
            return self.variables[answers[-1]]
        if last is None or self.asked(name) is False:
            raise ReadError("no line computes what is asked for", text=self.text, expected="its value in the last line")
        return last

    def _parsed(self) -> ast.Module:
        if len(self.text) > MOST_CHARACTERS:
            raise ReadError("a text that is too long", expected=f"up to {MOST_CHARACTERS} characters")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self.text)
        except SyntaxError as error:
            caret = self.starts[max(0, min((error.lineno or 1) - 1, len(self.starts) - 1))] + (error.offset or 1) - 1
            raise ReadError("this is not Python code", text=self.text, caret=min(caret, len(self.text))) from None
        except (ValueError, RecursionError, MemoryError):
            raise ReadError("code that cannot be read", expected="an expression, or assignments") from None
        if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
            raise ReadError("code that is too long", expected=f"up to {MOST_NODES} parts")
        if _depth(tree) > DEEPEST:
            raise ReadError("code that is nested too deeply", expected=f"up to {DEEPEST} levels")
        return tree

    # --- statements

    def _statements(self, body: Sequence[ast.stmt], inside: str) -> tuple[Array | None, str]:
        """The value of `return`, or of the last assignment or expression, and the name it has; `inside` a function."""
        found: Array | None = None
        name = ""
        for one in body:
            if isinstance(one, ast.Return) and inside and one.value is not None:
                return self._returned(one.value)
            if _is_remark(one) or _is_print(one) or self._is_import(one):
                continue
            if isinstance(one, ast.FunctionDef) and not inside:
                if one.name in NUMPY:
                    raise self.refused(f"{one.name} is given a value", one)
                self.functions[one.name] = one
            elif isinstance(one, ast.Expr):
                found, name = self._returned(one.value)
            elif isinstance(one, ast.Assign) and len(one.targets) == 1:
                name = self._assignment(one.targets[0], one.value)
                found = self.variables.get(name)
            elif isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name):
                name = one.target.id
                found = self._changed(one, name)
            else:
                raise self.refused(f"{type(one).__name__} is not read", one, "assignments to names, and expressions")
        return (None if inside else found), name

    def _returned(self, node: ast.expr) -> tuple[Array | None, str]:
        """A value, and the name that stands for it; of several values the one whose name is asked for."""
        if isinstance(node, ast.Tuple):
            asked = [n for n in node.elts if isinstance(n, ast.Name) and self.asked(n.id)]
            if len(asked) != 1:
                raise self.refused("several values", node, "the one that is asked for")
            node = asked[0]
        return self.value(node), node.id if isinstance(node, ast.Name) else ""

    def _is_import(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.Import):
            if any(n.name != "numpy" or n.asname not in (None, "np") for n in node.names):
                raise self.refused("an import that is not read", node, "import numpy as np")
            return True
        return isinstance(node, ast.Pass | ast.Assert)

    def _assignment(self, target: ast.expr, node: ast.expr) -> str:
        """Gives a variable its value, or the lengths of an array to several; the name of the last."""
        if isinstance(target, ast.Tuple) and isinstance(node, ast.Attribute) and node.attr == "shape":
            counts = self._shape(node)
            if len(counts) != len(target.elts) or not all(isinstance(t, ast.Name) for t in target.elts):
                raise self.refused("not as many names as there are axes", target)
            for n, one in enumerate(target.elts):
                assert isinstance(one, ast.Name)
                place = ast.copy_location(ast.Constant(n), node)
                self._give(one.id, ast.copy_location(ast.Subscript(node, place, ast.Load()), node))
            return ""
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return self._masked(target, target.value.id, node)
        if not isinstance(target, ast.Name):
            raise self.refused("what is given a value is no plain name", target)
        self._give(target.id, node)
        return target.id

    def _give(self, name: str, node: ast.expr) -> None:
        if name in NUMPY:
            raise self.refused(f"{name} is given a value", node)
        try:
            size = self._size(node)
        except (ReadError, IndexError):
            size = None
        found, logical = self.value(node), self.is_logical(node)
        self.lengths.pop(name, None)
        if size is not None:
            self.lengths[name] = size
        self.variables[name] = found
        self.unbound -= {name}
        (self.logical.add if logical else self.logical.discard)(name)
        self._share(name, node)

    def _share(self, name: str, node: ast.expr) -> None:
        """Notes which variables may share their entries from now on."""
        same = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAME
        if isinstance(node, VIEWS) or same or isinstance(node, ast.Call):
            self.alone -= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        fresh = isinstance(node, ast.BinOp | ast.UnaryOp) or (isinstance(node, ast.Call) and not same)
        own = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self.functions
        (self.alone.add if fresh and not own else self.alone.discard)(name)

    def _changed(self, node: ast.AugAssign, name: str) -> Array:
        """A change in place: of a variable that shares nothing, to the same shape."""
        old = self._own(name, node)
        read = ast.copy_location(ast.Name(name, ast.Load()), node)
        new = self.value(ast.copy_location(ast.BinOp(read, node.op, node.value), node))
        fits = len(new.axes) == len(old.axes) and all(
            a == b or (a and b and self._same_range(a, b)) for a, b in zip(new.axes, old.axes, strict=True)
        )
        if old.axes and not fits:
            raise ShapeError("a change in place that changes the shape", where=name)
        self.variables[name] = new
        return new

    def _own(self, name: str, node: ast.AST) -> Array:
        old = self.variables.get(name)
        plain = old is not None and not old.axes
        if old is None or name in self.logical or not (plain or name in self.alone):
            raise self.refused(f"{name} is changed in place", node, f"a new variable, or {name} = {name}.copy() first")
        return old

    def _masked(self, target: ast.Subscript, name: str, node: ast.expr) -> str:
        """`dz[z <= 0] = 0`."""
        old = self._own(name, target)
        if not self.is_logical(target.slice):
            raise self.refused("a part is given a value", target, "a[mask] = number")
        mask, value = self.value(target.slice), self.value(node)
        if value.axes or mask.axes != old.axes:
            raise self.refused("a part is given a value", target, "a[mask] = number, with a mask of the same shape")
        self.variables[name] = where(mask, value, old)
        return name

    # --- functions

    def called(self, name: str, node: ast.Call) -> Array | None:
        """A call of a function of the text: its parameters are its own, the rest of the text is seen from within."""
        function = self.functions.get(name)
        if function is None or name in self.variables:
            return None
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise self.refused("functions that call each other too often", node)
        given = function.args
        plain = not (given.defaults or given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs)
        if not plain or node.keywords or len(node.args) != len(given.args) or function.decorator_list:
            raise self.refused(
                f"{name} is not called as it is defined", node, "plain arguments, one for each parameter"
            )
        frame = Frame(self, _locals(function))
        for one, value in zip(given.args, node.args, strict=True):
            frame.take(one.arg, value)
        with frame:
            found, _ = self._statements(function.body, name)
        if found is None:
            raise self.refused(f"{name} returns nothing", node, "return, with a value")
        return found

    def _as_it_stands(self, function: ast.FunctionDef) -> tuple[Array | None, str]:
        """A text that is one function: its parameters are what is declared by these names."""
        given = function.args
        if len(self.functions) > 1 or given.defaults or given.vararg or given.kwarg or given.kwonlyargs:
            raise self.refused("a function that is not called", function, "a call of it in the last line")
        for one in given.args:
            if self.names.array(one.arg) is None:
                raise self.refused(f"{one.arg} is not declared", one)
        with Frame(self, _locals(function)):
            found, name = self._statements(function.body, function.name)
        if found is None:
            raise self.refused(f"{function.name} returns nothing", function, "return, with a value")
        return found, name


class Frame:
    """The variables of a function while it runs; those outside are as before afterwards."""

    def __init__(self, program: Program, local: frozenset[str] = frozenset()) -> None:
        self.program, self.local = program, local
        self.values: dict[str, tuple[Array, bool]] = {}

    def take(self, name: str, node: ast.expr) -> None:
        self.values[name] = self.program.value(node), self.program.is_logical(node)

    def __enter__(self) -> None:
        p = self.program
        self.kept = p.variables, p.lengths, p.logical, p.alone, p.unbound
        p.variables, p.lengths, p.logical = dict(p.variables), dict(p.lengths), set(p.logical)
        p.alone, p.unbound = set(), frozenset(self.local)
        for name, (value, logical) in self.values.items():
            p.variables[name] = value
            p.lengths.pop(name, None)
            (p.logical.add if logical else p.logical.discard)(name)

    def __exit__(self, *_: object) -> None:
        p = self.program
        p.variables, p.lengths, p.logical, p.alone, p.unbound = self.kept


def _locals(function: ast.FunctionDef) -> frozenset[str]:
    """The names that a function gives values to: before that they have none, whatever stands outside."""
    given = {one.arg for one in function.args.args}
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return frozenset(stored - given)


def _depth(node: ast.AST) -> int:
    """How deeply a tree is nested, without recursion."""
    deepest, level = 0, [node]
    while level:
        deepest, level = deepest + 1, [child for one in level for child in ast.iter_child_nodes(one)]
    return deepest


def _is_print(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"


def _is_remark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
