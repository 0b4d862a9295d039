"""What a call brought back, as arrivals: outcomes re-enter as facts, re-reads as messages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crossdock.engine.encoding import to_json
from crossdock.engine.outcome_policy import Settlement
from crossdock.engine.receive import KeptArrival, identify_arrival
from crossdock.engine.registry import Attached
from crossdock.ports.capabilities import Receives
from crossdock.ports.effect import Absent, Conflicting, Failed, Grade, Lane, Observed, Operation
from crossdock.ports.message import Arrival, MessageIdentity, Source

KIND = "engine.outcome"


def outcome_arrivals(
    attached: Attached,
    operation: Operation,
    settled: Sequence[tuple[Any, Observed | Failed | Conflicting | Absent, Settlement]],
) -> list[KeptArrival]:
    """One arrival for every effect that came to an end."""
    arrivals: list[KeptArrival] = []
    for row, result, settlement in settled:
        if (
            operation.grade is Grade.READ
            and isinstance(result, Observed)
            and {"topic", "body"} <= result.observation.keys()
        ):
            arrivals.extend(_read_again(attached, row, result))
        elif settlement.state in ("done", "rejected"):
            arrivals.append(_fact(attached, row, result, settlement))
    return arrivals


def _read_again(attached: Attached, row: Any, result: Observed) -> list[KeptArrival]:
    """The re-read record as an arrival of its own, even where it came before byte for byte."""
    connector = attached.connector
    assert isinstance(connector, Receives)
    body = str(result.observation["body"]).encode()
    arrival = Arrival(str(result.observation["topic"]), {}, body)
    kept = identify_arrival(
        attached.connection, connector, arrival, Source.REREAD, attached.manifest.owner
    )
    if not isinstance(kept, KeptArrival):
        return []
    key = f"{kept.identity.message_key}~read:{row.effect_id}"
    return [replace(kept, identity=replace(kept.identity, message_key=key))]


def _fact(
    attached: Attached,
    row: Any,
    result: Observed | Failed | Conflicting | Absent,
    settlement: Settlement,
) -> KeptArrival:
    error = result.error if isinstance(result, Failed) else None
    body = {
        "effect_key": row.effect_key,
        "operation": row.operation,
        "status": "observed" if settlement.state == "done" else "rejected",
        "adopted": settlement.adopted,
        "observation": dict(result.observation) if isinstance(result, Observed) else {},
        "error_code": settlement.code or "",
        "error_field": getattr(error, "field", ""),
        "reason": error.reason if error else "",
        "remedy": error.remedy if error else "",
    }
    identity = MessageIdentity(KIND, f"outcome:{row.effect_id}", row.work_key)
    connection = attached.connection
    return KeptArrival(
        connection.connection_id, connection.company_id, Source.OUTCOME,
        Arrival("outcome", {}, to_json(body)), identity, lane=Lane.INTERACTIVE,
    )  # fmt: skip
