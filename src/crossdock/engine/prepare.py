"""Effect drafts → the final bytes that will be sent (promise P2)."""

from collections.abc import Sequence

from crossdock.engine.registry import Registry
from crossdock.engine.use_case import EffectDraft
from crossdock.engine.work import PreparedEffect
from crossdock.ports.capabilities import Prepares
from crossdock.ports.errors import Rejected


class CannotPerform(TypeError):
    """The connection's connector does not offer that operation."""


def prepare_effects(registry: Registry, drafts: Sequence[EffectDraft]) -> list[PreparedEffect]:
    """Each draft with its request, byte for byte.

    Raises UnknownConnection, UnknownOperation, CannotPerform, and what the connector raises.
    """
    return [_prepare(registry, draft) for draft in drafts]


def _prepare(registry: Registry, draft: EffectDraft) -> PreparedEffect:
    attached = registry.by_name(draft.connection)
    attached.manifest.operation(draft.operation)
    connector = attached.connector
    if not isinstance(connector, Prepares):
        raise CannotPerform(f"connection {draft.connection} cannot perform {draft.operation}")
    number = attached.connection.connection_id
    try:
        request = connector.prepare(draft.operation, draft.document, draft.resolved)
    except Rejected as refusal:
        if not draft.apart:
            raise
        return PreparedEffect(number, draft, b"", refusal)
    return PreparedEffect(number, draft, request)
