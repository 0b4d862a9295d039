"""`load`: create-if-absent by external id, all-or-nothing per call, its errors as HTTP 200.

What Odoo says about a refused batch (recorded: 202, 213, 215 and tried on 19.0):
- a message with `field` is about the record it names and final;
- a message without `field` may be a business rule, a serialization failure, or the first record
  named in place of the guilty one: the record is sent again by itself before it is believed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossdock.connectors.odoo.client import OdooClient
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected, Unavailable
from crossdock.transports import waiting

CONTEXT: Mapping[str, Any] = {"mode": "update", "noupdate": True}
"""A known external id: its id is returned and nothing is changed."""
PAUSES = (0.2, 0.5, 1.0)
"""Seconds before a single record is sent again."""
SERIALIZATION = "could not serialize access"
"""PostgreSQL's own words, which Odoo does not translate; they only choose between two ways of
trying again, never between done and not done."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a reply with `ids: false` says about single records."""

    final: Mapping[int, Rejected] = field(default_factory=dict)
    suspects: Mapping[int, str] = field(default_factory=dict)
    texts: Sequence[str] = ()


class Loader:
    """Loads records of one model, however many of them are bad."""

    def __init__(
        self, client: OdooClient, pause: Callable[[float], object] = waiting.pause
    ) -> None:
        self._client = client
        self._pause = pause

    def load(
        self, model: str, fields: Sequence[str], records: Sequence[Sequence[Sequence[str]]]
    ) -> list[int | ConnectorError]:
        """Per record (its rows) the database id, or why it has none.

        After an error that concerns all (network, rights) the rest is not sent.
        """
        answers: dict[int, int | ConnectorError] = {}
        parts = [list(range(len(records)))]
        while parts:
            part = parts.pop()
            try:
                parts += self._load_part(model, fields, records, part, answers)
            except Rejected as error:
                if len(part) == 1:
                    answers[part[0]] = error
                else:
                    parts += _halves(part)
            except ConnectorError as error:
                answers.update(dict.fromkeys(part, error))
                if error.code != "serialization":
                    _give_up(parts, error, answers)
        return [answers[number] for number in range(len(records))]

    def _load_part(
        self, model: str, fields: Sequence[str], records: Sequence[Sequence[Sequence[str]]],
        part: list[int], answers: dict[int, int | ConnectorError],
    ) -> list[list[int]]:  # fmt: skip
        """Send some records; returns the groups in which the unanswered ones go next."""
        rows = [row for number in part for row in records[number]]
        if len(part) == 1:
            answers[part[0]] = self._load_single(model, fields, rows)
            return []
        reply = self._send(model, fields, rows)
        if reply["ids"]:
            answers.update(zip(part, _ids(reply, len(part)), strict=True))
            return []
        refusal = refusal_of(reply)
        answers.update({part[n]: error for n, error in refusal.final.items() if n < len(part)})
        suspects = [part[n] for n in refusal.suspects if n < len(part)]
        named = {*answers, *suspects}
        rest = [number for number in part if number not in named]
        if len(rest) == len(part):
            return _halves(part)
        return [group for group in (rest, *([s] for s in suspects)) if group]

    def _load_single(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
        for pause in (*PAUSES, None):
            reply = self._send(model, fields, rows)
            if reply["ids"]:
                return _ids(reply, 1)[0]
            refusal = refusal_of(reply)
            if refusal.final:
                raise next(iter(refusal.final.values()))
            if pause is not None:
                self._pause(pause)
        text = "; ".join(dict.fromkeys(refusal.texts)) or "refused without a word"
        if SERIALIZATION in text:
            raise Unavailable(
                f"{model}/load: {text}", remedy="it is sent again by itself", code="serialization"
            )
        raise Rejected(
            f"{model}/load: {text}",
            remedy="correct what Odoo names and release it",
            code="refused",
        )

    def _send(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
        reply = self._client.write(
            model, "load", fields=list(fields), data=[list(row) for row in rows],
            context=dict(CONTEXT),
        )  # fmt: skip
        if not isinstance(reply, dict) or "ids" not in reply:
            raise Ambiguous(f"{model}/load: the reply has no ids", code="unreadable_reply")
        return reply


def refusal_of(reply: Mapping[str, Any]) -> Refusal:
    """Sort the messages of a reply without ids by the record they name."""
    final: dict[int, Rejected] = {}
    suspects: dict[int, str] = {}
    texts: list[str] = []
    for message in reply.get("messages") or ():
        if message.get("type") != "error":
            continue
        text = str(message.get("message", "")).strip()[:1000]
        texts.append(text)
        record = message.get("record")
        if not isinstance(record, int):
            continue
        if message.get("field"):
            final.setdefault(
                record,
                Rejected(
                    text,
                    field=str(message["field"]),
                    remedy="correct it in Odoo or at its sender and release it",
                    code="refused",
                ),
            )
        else:
            suspects.setdefault(record, text)
    return Refusal(final, {n: t for n, t in suspects.items() if n not in final}, texts)


def _ids(reply: Mapping[str, Any], count: int) -> list[int]:
    ids = [int(record) for record in reply["ids"]]
    if len(ids) != count:
        raise Ambiguous(
            f"load answered {len(ids)} ids for {count} records",
            remedy="each is looked for in Odoo before anything else",
            code="unreadable_reply",
        )
    return ids


def _halves(part: list[int]) -> list[list[int]]:
    middle = len(part) // 2
    return [part[:middle], part[middle:]]


def _give_up(
    parts: list[list[int]], error: ConnectorError, answers: dict[int, int | ConnectorError]
) -> None:
    """What was never sent certainly had no effect."""
    unsent = Unavailable(
        f"not sent, because of another record's call: {error.reason}",
        remedy="it is sent again by itself",
        code="not_sent",
    )
    for part in parts:
        answers.update(dict.fromkeys(part, unsent))
    parts.clear()
