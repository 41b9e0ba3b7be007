"""Deciding in a process of its own, which can be stopped: with a time limit for each text and a memory limit.

A signal does not stop the arithmetic of great integers; ending the process does. A text that takes too long, or too
much memory, is undecided: never wrong.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from symgrad.student.verdict import UNDECIDED, Verdict

T = TypeVar("T")
SECONDS = 10.0
MEMORY = 2**30  # bytes beyond what the process has when it begins


class Worker(Generic[T]):
    """Calls `work(text)` in a child process that is forked at the first call and kept for the next ones.

    Where processes cannot be forked the work is done here, without these limits.
    """

    def __init__(
        self,
        work: Callable[[str], T],
        failed: Callable[[str], T],
        seconds: float = SECONDS,
        memory: int = MEMORY,
    ) -> None:
        self.work, self.failed, self.seconds, self.memory = work, failed, seconds, memory
        self._process: Any = None
        self._owner = 0  # the process that started it: a copy in another child must not end it
        self._pipe: Connection | None = None

    def __call__(self, text: str) -> T:
        """What `work` makes of the text, or `failed(reason)` where a limit was met."""
        context = _forking()
        if context is None:
            return self.work(text)
        if self._pipe is None:
            self._start(context)
        assert self._pipe is not None
        try:
            self._pipe.send(text)
            if self._pipe.poll(self.seconds):
                found: T = self._pipe.recv()
                return found
            reason = f"no decision within {self.seconds:g} seconds"
        except (EOFError, OSError):
            reason = f"the deciding process ended (its memory is limited to {self.memory // 2**20} MB)"
        self.stop()
        return self.failed(reason)

    def _start(self, context: BaseContext) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, self.work, self.failed, self.memory), daemon=True
        )
        self._process.start()
        self._owner = os.getpid()
        theirs.close()

    def stop(self) -> None:
        """End the process; the next call begins a new one."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def __del__(self) -> None:
        with suppress(OSError, ValueError, AttributeError):
            self.stop()


def _forking() -> BaseContext | None:
    return multiprocessing.get_context("fork") if "fork" in multiprocessing.get_all_start_methods() else None


def undecided(reason: str) -> Verdict:
    return Verdict(UNDECIDED, 4, "it could not be decided", reason=reason)


def _serve(pipe: Connection, work: Callable[[str], T], failed: Callable[[str], T], memory: int) -> None:
    """The child: text in, what is made of it out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what was there before stays: looking through it again and again costs a tenth of the time
    _limit(memory)
    while True:
        try:
            text = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            found = work(text)
        except MemoryError:
            found = failed(f"more than {memory // 2**20} MB were needed")
        except Exception as error:  # noqa: BLE001  (see MOVED in tests/test_architecture.py)
            found = failed(f"symgrad failed ({type(error).__name__}: {error}): please report this formula")
        pipe.send(found)


def _limit(memory: int) -> None:
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + memory
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))
