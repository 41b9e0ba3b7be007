"""Other people's code: a function of arrays runs once on symbolic arrays, its variables become definitions."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from symgrad.declare.arrays import Array, array
from symgrad.declare.names import Scalar, Tensor
from symgrad.errors import DeclarationError, SymgradError, Unsupported

Shape = str | tuple[Any, ...] | list[Any] | int


class Recorder:
    """Gives the arrays that a function keeps in variables the names of these variables, line by line."""

    def __init__(self, graph: Any, function: Callable[..., Any]) -> None:
        self.graph, self.function = graph, function
        self.defined: dict[int, tuple[Any, Any]] = {}  # by identity: the array (kept alive) and its handle
        self.line = function.__code__.co_firstlineno

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code is not self.function.__code__:
            return None
        if event in ("line", "return"):
            self.look(frame.f_locals)
            self.line = frame.f_lineno
        return self

    def look(self, variables: Mapping[str, Any]) -> None:
        for name, value in variables.items():
            if isinstance(value, Array) and id(value) not in self.defined:
                self.define(name, value)

    def given(self, handle: Any) -> Any:
        """An input as an array, which refuses what arrays cannot do; a number as it is."""
        if not isinstance(handle, Tensor):
            return handle
        value = handle.as_array
        self.defined[id(value)] = value, handle
        return value

    def define(self, name: str, value: Array) -> Any:
        """The definition of an array, which stands for its name from now on."""
        free = next(n for n in (name, *(f"{name}{k}" for k in range(2, 999))) if not self.graph._taken(n))
        handle = self.graph.define(free, value)
        whole = array(handle, self.graph, free)
        for field in ("axes", "poly", "text"):
            object.__setattr__(value, field, getattr(whole, field))  # the caller's variable is this very object
        self.defined[id(value)] = value, handle
        return handle

    @property
    def where(self) -> str:
        file = self.function.__code__.co_filename
        text = linecache.getline(file, self.line).strip()
        return f"line {self.line} of {self.function.__name__}" + (f": {text}" if text else "")


def traced(graph: Any, function: Callable[..., Any], shapes: Mapping[str, Shape]) -> Any:
    """The graph of a function, run on inputs of the given shapes; `graph.outputs` are handles of what it returns."""
    if not inspect.isfunction(function):
        raise DeclarationError(
            "not a Python function", where="trace", expected="a function written with def", given=repr(function)
        )
    wanted = list(inspect.signature(function).parameters)
    missing = [n for n in wanted if n not in shapes and _has_no_default(function, n)]
    extra = [n for n in shapes if n not in wanted]
    if missing or extra:
        raise DeclarationError(
            f"no shape for {missing[0]}" if missing else f"{function.__name__} has no argument {extra[0]}",
            where=f"trace({function.__name__}, {', '.join(shapes)})",
            expected=", ".join(wanted),
            given=", ".join(shapes),
        )
    axes = {name: sizes(graph, shape, name) for name, shape in shapes.items()}
    recorder = Recorder(graph, function)
    inputs = {name: recorder.given(graph.input(name, *found)) for name, found in axes.items()}
    before = sys.gettrace()
    sys.settrace(recorder)
    try:
        result = function(**inputs)
    except SymgradError as error:
        raise type(error)(
            error.what,
            where=f"{recorder.where}: {error.where}",
            expected=error.expected,
            given=error.given,
            fix=error.fix,
        ) from None
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise Unsupported(
            f"{function.__name__} does something that symbolic arrays cannot",
            where=recorder.where,
            expected="operations on whole arrays: @, *, np.exp, np.sum(A, axis=0), slices",
            given=f"{type(error).__name__}: {error}",
        ) from error
    finally:
        sys.settrace(before)
    graph.outputs = tuple(output(recorder, value, n) for n, value in enumerate(_listed(result)))
    return graph


def _has_no_default(function: Callable[..., Any], name: str) -> bool:
    return inspect.signature(function).parameters[name].default is inspect.Parameter.empty


def sizes(graph: Any, shape: Shape, name: str) -> tuple[Any, ...]:
    """A shape as sizes of the graph: "b n" names two, which are declared where they are new; numbers stay."""
    parts = shape.split() if isinstance(shape, str) else list(shape) if isinstance(shape, tuple | list) else [shape]
    found = []
    for part in parts:
        if isinstance(part, str) and not part.isdigit():
            found.append(graph[part] if part in graph.model.sizes else graph.size(part))
        elif isinstance(part, bool) or (isinstance(part, int | str) and int(part) < 1):
            raise DeclarationError("a length of at least 1", where=f"{name}={shape!r}", given=str(part))
        else:
            found.append(int(part) if isinstance(part, str) else part)
    return tuple(found)


def _listed(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple | list) else [result]


def output(recorder: Recorder, value: Any, number: int) -> Any:
    """The handle of a returned array."""
    if isinstance(value, Tensor | Scalar):
        return value
    if not isinstance(value, Array):
        raise Unsupported(
            f"{recorder.function.__name__} returns something that is not an array",
            where=recorder.where,
            expected="an array, or a tuple of arrays",
            given=type(value).__name__,
        )
    known = recorder.defined.get(id(value))
    return known[1] if known else recorder.define("out" if not number else f"out{number + 1}", value)
