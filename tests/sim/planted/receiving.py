"""Bugs between the wire and the log."""

import json
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any

from crossdock.connectors.shopify import sweep as shopify_sweep
from crossdock.engine import apply, receive, snapshot_rule, sweep
from crossdock.engine.commit_arrivals import Committer, Fate
from crossdock.engine.store import StatementFailed, StoreUnavailable
from tests.sim.planted.bug import PlantedBug, function, sql

wms_connector = import_module("crossdock.connectors.wms.connector")
"""The package has a function of that name."""
_commit = Committer.commit
_keep_page = sweep.Sweeper._keep_page
_identify = wms_connector.identify_event


def _answer_first(self: Committer, group: Any) -> None:
    try:
        _commit(self, group)
    finally:
        for ticket in group:
            ticket.fate = Fate.KEPT


def _swallow(self: Committer, group: Any) -> None:
    with suppress(StoreUnavailable, StatementFailed):
        self._write(group)
    for ticket in group:
        ticket.fate = Fate.KEPT


def _page_afterwards(self: Any, tx: Any, *page: Any) -> None:
    tx._connection.commit()
    _keep_page(self, tx, *page)


def _forget_sightings(*_: Any) -> int:
    return 0


def _by_type_and_order(arrival: Any, connection: str) -> Any:
    found = _identify(arrival, connection)
    return replace(found, message_key=f"{json.loads(arrival.body)['type']}:{found.work_key}")


RECEIVING = (
    PlantedBug(
        "answer_before_commit", "P1", "a webhook is answered 200 whatever becomes of its commit",
        [function(Committer, "commit", _answer_first)],
    ),
    PlantedBug(
        "swallowed_database_error", "T24 vanished errors",
        "the database's refusal is caught, logged nowhere and answered 200",
        [function(Committer, "commit", _swallow)],
    ),
    PlantedBug(
        "check_then_insert", "T7 identity-key race",
        "messages are looked for and then inserted; no unique index",
        [sql(receive, "keep_arrivals",
             ("    ON CONFLICT (connection_id, message_key) DO NOTHING\n", ""),
             ("    FROM arrived\n    ORDER", "    FROM arrived a WHERE NOT EXISTS (SELECT 1 FROM "
              "message m WHERE m.connection_id = a.connection_id AND m.message_key = "
              "a.message_key)\n    ORDER"))],
        ["ALTER TABLE crossdock.message DROP CONSTRAINT message_connection_id_message_key_key"],
        ["ALTER TABLE crossdock.message ADD UNIQUE (connection_id, message_key)"],
    ),
    PlantedBug(
        "sweep_forgets_unknown", "T4 lost webhooks",
        "what only the sweep saw is counted and not read",
        [function(sweep, "read_unknown", _forget_sightings)],
    ),
    PlantedBug(
        "sweep_without_overlap", "T21 time watermarks",
        "the sweep goes on where it stood, though changes become visible later",
        [function(shopify_sweep, "OVERLAP", -shopify_sweep.OVERLAP)],
    ),
    PlantedBug(
        "cursor_before_page", "P6", "the cursor is committed before the page is kept",
        [function(sweep.Sweeper, "_keep_page", _page_afterwards)],
    ),
    PlantedBug(
        "version_forgotten", "T5 out-of-order updates",
        "an older snapshot is applied over a newer one",
        [function(snapshot_rule, "superseded", lambda *_: None),
         function(apply, "superseded", lambda *_: None)],
    ),
    PlantedBug(
        "one_name_for_all_shipments", "T19 partial shipments",
        "a warehouse's facts are told apart by type and order, not by their own ids",
        [function(wms_connector, "identify_event", _by_type_and_order)],
    ),
    PlantedBug(
        "dead_stream", "T21 a sweep that stands",
        "a sweep that failed once is never due again",
        [sql(sweep, "end_sweep",
             ("ELSE %(due_at)s END", "ELSE CASE WHEN %(failures)s > 0 THEN "
              "%(due_at)s::timestamptz + interval '10 years' ELSE %(due_at)s END END"))],
    ),
)  # fmt: skip
