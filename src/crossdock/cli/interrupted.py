"""Ctrl-C and SIGTERM in a campaign: everything it started is removed, and one line says so."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer

SIGNALS = (signal.SIGINT, signal.SIGTERM)
BY_SIGNAL = 128


class Interrupted(typer.Exit):
    """A campaign was interrupted; its exit code is the signal's (130, 143)."""


class _Signalled(BaseException):
    """No error, so nothing on the way up takes it for one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def interruptible(so_far: Callable[[], str]) -> Iterator[None]:
    """Raises Interrupted when a signal ended the block, after its clean-up.

    `so_far` completes the line on standard error: `interrupted after 3 of 10 seeds`. Later signals
    are ignored: what the block started is removed first.
    """
    before = {number: signal.signal(number, _raise) for number in SIGNALS}
    try:
        yield
    except _Signalled as signalled:
        typer.echo(f"interrupted {so_far()}", err=True)
        raise Interrupted(BY_SIGNAL + signalled.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _frame: FrameType | None) -> None:
    for every in SIGNALS:
        signal.signal(every, signal.SIG_IGN)
    raise _Signalled(number)
