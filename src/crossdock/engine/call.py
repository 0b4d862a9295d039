"""Call a connector, and take whatever happens for an outcome: no effect is lost to a fault."""

from collections.abc import Sequence

import structlog

from crossdock.ports.capabilities import Delivers
from crossdock.ports.effect import Absent, Conflicting, EffectToSend, Failed, Observed
from crossdock.ports.errors import Ambiguous, ConnectorError

log = structlog.get_logger(__name__)

Result = Observed | Failed | Conflicting | Absent


def send(connector: Delivers, effects: Sequence[EffectToSend]) -> list[Result]:
    """One result for each effect; what the connector did not answer is unknown."""
    try:
        outcomes = connector.deliver(effects)
        answers = {o.effect_key: o for o in outcomes}
    except ConnectorError as error:
        return [Failed(e.effect_key, error) for e in effects]
    except Exception as error:  # boundary: a connector's fault is an outcome, never a lost effect
        log.exception("deliver.crashed", operation=effects[0].operation)
        return [Failed(e.effect_key, _crashed(error)) for e in effects]
    missing = Ambiguous("the connector answered nothing for this effect", code="unanswered")
    return [answers.get(e.effect_key, Failed(e.effect_key, missing)) for e in effects]


def probe(connector: Delivers, effects: Sequence[EffectToSend]) -> list[Result | Absent]:
    """One answer for each effect. A probe that failed tells nothing: the outcome stays unknown."""
    try:
        outcomes = connector.probe(effects)
        answers = {o.effect_key: o for o in outcomes}
    except ConnectorError as error:
        return [Failed(e.effect_key, _of_probe(error)) for e in effects]
    except Exception as error:  # boundary: a connector's fault is an outcome, never a lost effect
        log.exception("deliver.probe_crashed", operation=effects[0].operation)
        return [Failed(e.effect_key, _crashed(error)) for e in effects]
    silent = Ambiguous("the probe answered nothing for this effect", code="probe_failed")
    found: list[Result | Absent] = []
    for effect in effects:
        answer = answers.get(effect.effect_key, Failed(effect.effect_key, silent))
        if isinstance(answer, Failed):
            answer = Failed(effect.effect_key, _of_probe(answer.error))
        found.append(answer)
    return found


def _of_probe(error: ConnectorError) -> ConnectorError:
    failed = Ambiguous(
        f"the probe failed: {error.reason}", remedy=error.remedy, code="probe_failed"
    )
    failed.__cause__ = error
    return failed


def _crashed(error: Exception) -> Ambiguous:
    return Ambiguous(
        f"the connector failed: {type(error).__name__}: {error}", code="connector_crashed"
    )
