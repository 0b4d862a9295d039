"""Whatever arrives is kept, held or refused under a name; it never breaks anything (R1, R15)."""

import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from crossdock.domain.model import CanonicalModel
from crossdock.engine.commit_arrivals import DueStream
from crossdock.engine.encoding import to_json
from crossdock.engine.receive import KeptArrival, keep
from crossdock.engine.registry import Registry
from crossdock.engine.store import Store
from crossdock.engine.translate import translate
from crossdock.engine.work import Claimed
from crossdock.ports.errors import BadSignature, Unreadable
from tests.hardening.doors import HINTS, TOPICS, Sender, samples_of, sender_to
from tests.hardening.mutations import mutated

EXAMPLES = 250
SECONDS_MAX = 5.0
"""For one arrival, on a machine that does other things as well."""
BYTES_MAX = 60_000_000
HINT = {"shopify": b'{"order_edit": {"id": 1, "order_id": 7}}', "odoo": HINTS[0]}
"""Says only that there is something to read. What is generated depends on the modules loaded."""
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SYSTEMS = ("shopify", "odoo", "wms")
REPRODUCIBLE = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@dataclass(slots=True)
class Fates:
    """What became of the arrivals, and those that are to be stored."""

    counts: Counter[str] = field(default_factory=Counter)
    kept: list[KeptArrival] = field(default_factory=list)


class Stored(NamedTuple):
    """A delivery as it is read back."""

    topic: str
    headers: bytes
    body: bytes


def fate_of(sender: Sender, entry: KeptArrival | DueStream) -> str:
    if isinstance(entry, DueStream):
        assert entry.stream in {s.name for s in sender.door.attached.manifest.streams}
        return "hint"
    if entry.unreadable is not None:
        assert entry.unreadable.field
        assert "could not be identified" not in entry.unreadable.reason, entry.unreadable
        assert entry.unreadable.remedy
        return "held"
    return translated(sender, entry)


def translated(sender: Sender, entry: KeptArrival) -> str:
    attached = sender.door.attached
    identity = entry.identity
    claimed = Claimed(
        1, 1, attached.connection.connection_id, identity.message_key, identity.kind,
        identity.work_key, identity.version, "webhook", 1, NOW, 1, 1, released=False, fence=1,
    )  # fmt: skip
    row = Stored(entry.arrival.topic, to_json(entry.arrival.headers), entry.arrival.body)
    work = translate(Registry({attached.connection.connection_id: attached}), claimed, row)
    assert work.fault is None, (work.fault, entry.arrival.body[:300])
    if work.failure is not None:
        assert isinstance(work.failure, Unreadable)
        assert work.failure.field
        assert len(work.failure.reason) < 2_000
        return "held when read"
    assert isinstance(work.document, CanonicalModel)
    work.document.model_dump_json()
    return "kept"


@pytest.mark.parametrize("system", SYSTEMS)
def test_signed_arrivals_are_kept_or_held_by_name(system: str, store: Store) -> None:
    sender, fates = sender_to(system), Fates()
    bodies, topics = mutated(samples_of(system)), st.sampled_from(TOPICS[system])

    @REPRODUCIBLE
    @given(bodies, topics)
    @example(HINT.get(system, b""), "orders/edited")
    def knock(body: bytes, topic: str) -> None:
        started = time.monotonic()
        entry = sender.knock(body, sender.headers(body, topic))
        fate = fate_of(sender, entry)
        assert time.monotonic() - started < SECONDS_MAX
        fates.counts[fate] += 1
        if isinstance(entry, KeptArrival):
            fates.kept.append(entry)

    tracemalloc.start()
    knock()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < BYTES_MAX
    assert fates.counts["held"] > EXAMPLES / 10
    assert system == "odoo" or min(fates.counts["kept"], fates.counts["held when read"]) > 5
    assert system == "wms" or fates.counts["hint"]
    are_stored(store, fates.kept)


def are_stored(store: Store, kept: list[KeptArrival]) -> None:
    """All in one statement: the database takes what the door lets in."""
    with store.transaction() as tx:
        keep(tx, kept, store.clock().now())
    with store.transaction() as tx:
        (counted,) = tx.rows("SELECT count(*) AS n FROM delivery")
    assert counted.n == len(kept)


@pytest.mark.parametrize("system", SYSTEMS)
def test_unsigned_arrivals_are_refused(system: str) -> None:
    sender = sender_to(system)
    names = st.sampled_from([*sender.headers(b"", "orders/create"), "x-crossdock-token", "cookie"])
    values = st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=40),
        st.sampled_from(["", "v1,", "v1," * 5_000, "=" * 44, "\0", " " * 500, "v1 " * 5_000]),
    )

    @REPRODUCIBLE
    @given(mutated(samples_of(system)), st.dictionaries(names, values), st.text(max_size=10))
    def knock(body: bytes, headers: dict[str, str], token: str) -> None:
        raw = [(n.encode(), v.encode("latin-1")) for n, v in headers.items()]
        with pytest.raises(BadSignature) as refused:
            sender.door.admit(raw, body, token)
        assert "could not be checked" not in str(refused.value)

    knock()
