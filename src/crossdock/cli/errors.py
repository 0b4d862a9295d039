"""Named errors → one line and an exit code; never a traceback."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from crossdock.bootstrap import UnknownSystem
from crossdock.cli.harmless import harmless
from crossdock.engine.postgres import PostgresUnavailable
from crossdock.engine.registry import UnknownConnection
from crossdock.engine.store import StatementFailed, StoreUnavailable
from crossdock.governance.access import Forbidden
from crossdock.governance.api_keys import UnknownKey
from crossdock.governance.catalog import UnknownEventType
from crossdock.governance.connections import BadConnection
from crossdock.governance.ownership import OwnershipConflict
from crossdock.governance.principals import UnknownPrincipal, WrongKind
from crossdock.governance.schemas import CannotExport
from crossdock.governance.secrets import SecretMissing
from crossdock.ops.backup_file import BadBackup
from crossdock.ops.close import AlteredClose, NoDayYet, NotClosed, OvertakenClose
from crossdock.ops.exceptions import UnknownHold
from crossdock.ops.find import Ambiguous, NotFound
from crossdock.ops.known import UnknownValue
from crossdock.ops.mapping import BadMapping, NoSuchMapping, UnknownCode
from crossdock.ops.refuse_message import BusyNow, NothingToReject
from crossdock.ops.release_hold import ClosedAlready
from crossdock.ops.replay import OnItsWay, UnknownMessage
from crossdock.ops.restore import NotEmpty
from crossdock.ops.resweep import NoSuchStream
from crossdock.ops.settle_effect import ObservationMissing
from crossdock.ports.errors import ConnectorError
from crossdock.processes.inventory.ledger.locations import BadLocation, NoSuchLocation
from crossdock.processes.order_to_cash.agree_change import NotAgreed

NOT_WELL = 1
USAGE = 2
UNKNOWN = 3
REFUSED = 4
DATABASE = 5
OUTSIDE = 6
INTERRUPTED = 130

EXIT_CODES = {
    0: "done",
    NOT_WELL: "looked at, and something is wrong (a check failed, the audit is broken)",
    USAGE: "the command was written wrongly",
    UNKNOWN: "what was named does not exist",
    REFUSED: "it exists, and the act is refused as things stand",
    DATABASE: "the database cannot be used",
    OUTSIDE: "an outside system refused or did not answer",
    INTERRUPTED: "interrupted",
}


class Refused(Exception):
    """The command line itself refuses: what, why, remedy."""


class NoSuchName(LookupError):
    """A name given on the command line belongs to nothing."""


CODE_OF: dict[int, tuple[type[BaseException], ...]] = {
    NOT_WELL: (AlteredClose,),
    UNKNOWN: (
        NoSuchName, NotFound, UnknownHold, UnknownMessage, UnknownConnection, UnknownSystem,
        UnknownCode, UnknownKey, UnknownPrincipal, UnknownEventType, NoSuchMapping, NoSuchStream,
        NotClosed, NoSuchLocation, UnknownValue,
    ),
    REFUSED: (
        Refused, Ambiguous, BadBackup, BadConnection, BadLocation, BadMapping, BusyNow,
        CannotExport, ClosedAlready, Forbidden, NoDayYet, NotAgreed, NotEmpty, NothingToReject,
        ObservationMissing, OnItsWay, OvertakenClose, OwnershipConflict, SecretMissing, WrongKind,
    ),
    DATABASE: (StoreUnavailable, StatementFailed, PostgresUnavailable),
    OUTSIDE: (ConnectorError,),
}  # fmt: skip
NAMED = tuple(error for errors in CODE_OF.values() for error in errors)


def exit_code_of(error: BaseException) -> int:
    """The exit code of a named error."""
    return next(code for code, errors in CODE_OF.items() if isinstance(error, errors))


def words_of(error: BaseException) -> str:
    """A named error in one line, with its remedy when it has one apart."""
    remedy = error.remedy if isinstance(error, ConnectorError) else ""
    return " ".join(harmless(f"{error}; {remedy}" if remedy else str(error)).split())


class CrossdockGroup(TyperGroup):
    """The top group: named errors end the program with one line on standard error."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **named: Any) -> Any:
        """As click's, with our named errors turned into exit codes."""
        try:
            return super().main(args, *more, **named)
        except NAMED as error:
            typer.secho(f"error: {words_of(error)}", fg=typer.colors.RED, err=True)
            sys.exit(exit_code_of(error))
