"""Work in a process of its own that is ended after a time: a signal does not stop the arithmetic of great integers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection

UNDECIDED = 3
Result = tuple[int, str]  # exit code and text


def bounded(work: Callable[[], Result], seconds: float) -> Result:
    """What the work gives, or 3 with the reason where it takes too long or its process ends.

    Where processes cannot be forked it is done here, without a limit.

    >>> bounded(lambda: (0, "done"), 10.0)
    (0, 'done')
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work()
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_send, args=(theirs, work), daemon=True)
    process.start()
    theirs.close()
    try:
        if ours.poll(seconds):
            return ours.recv()
        return UNDECIDED, f"no answer within {seconds:g} seconds"
    except EOFError:
        return UNDECIDED, "the process that works has ended"
    finally:
        process.kill()
        process.join()
        ours.close()


def _send(pipe: Connection, work: Callable[[], Result]) -> None:
    try:
        found = work()
    except (MemoryError, RecursionError) as error:
        found = UNDECIDED, f"the text asks for too much: {type(error).__name__}"
    pipe.send(found)
