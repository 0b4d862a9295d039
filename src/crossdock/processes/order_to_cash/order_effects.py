"""The effects an order has on the ERP and on its channel."""

from collections.abc import Sequence
from datetime import datetime

from crossdock.domain.order_response import OrderResponse, OrderResponseStatus
from crossdock.engine.use_case import EffectDraft
from crossdock.ports import erp
from crossdock.ports.effect import Lane
from crossdock.ports.erp import OrderCommand
from crossdock.processes.order_to_cash.effect_name import EffectKind, EffectName
from crossdock.processes.order_to_cash.match_customer import PartyToCreate
from crossdock.processes.order_to_cash.order_state import SalesOrderState, target


def create_parties(state: SalesOrderState, parties: Sequence[PartyToCreate]) -> list[EffectDraft]:
    """New partners, parents before children; the order waits for the last of them."""
    drafts: list[EffectDraft] = []
    for party in parties:
        drafts.append(
            EffectDraft(
                connection=state.erp,
                operation=erp.CREATE_PARTY,
                effect_key=f"create_party:{party.external_id}",
                target_key=party.external_id,
                document=party.party,
                resolved={
                    "external_id": party.external_id,
                    "type": party.kind,
                    "parent": party.parent,
                },
                after_key=drafts[-1].effect_key if drafts else None,
            )
        )
    return drafts


def create_order(state: SalesOrderState, after: str | None) -> EffectDraft:
    """Write the draft, once the effect `after` (its partners) is observed."""
    return EffectDraft(
        connection=state.erp,
        operation=erp.CREATE_SALES_ORDER,
        effect_key=EffectName(EffectKind.CREATE).key(target(state), state.tries),
        target_key=target(state),
        document=state.order,
        resolved=state.resolved,
        after_key=after,
    )


def command(state: SalesOrderState) -> OrderCommand:
    """The order as the ERP knows it."""
    return OrderCommand(external_id=state.external_id, id=state.erp_id, name=state.erp_name)


def confirm_key(state: SalesOrderState) -> str:
    """The effect key by which a confirmation can be withdrawn."""
    return EffectName(EffectKind.CONFIRM).key(target(state), state.tries)


def confirm_order(state: SalesOrderState) -> EffectDraft:
    """Make the draft a sale, which reserves goods."""
    return EffectDraft(
        connection=state.erp,
        operation=erp.CONFIRM_SALES_ORDER,
        effect_key=confirm_key(state),
        target_key=target(state),
        document=command(state),
    )


def cancel_order(state: SalesOrderState) -> EffectDraft:
    """Cancel what stands in the ERP, ahead of ordinary work."""
    return EffectDraft(
        connection=state.erp,
        operation=erp.CANCEL_SALES_ORDER,
        effect_key=EffectName(EffectKind.CANCEL).key(target(state), state.cancel_tries),
        target_key=target(state),
        document=command(state),
        lane=Lane.INTERACTIVE,
    )


def read_order(state: SalesOrderState, message_id: int) -> EffectDraft:
    """Read what stands in the ERP again, once for the message that asks."""
    return EffectDraft(
        connection=state.erp,
        operation=erp.READ_SALES_ORDER,
        effect_key=EffectName(EffectKind.READ).key(target(state), message_id),
        target_key=target(state),
        document=command(state),
        lane=Lane.INTERACTIVE,
    )


def answer(
    state: SalesOrderState,
    status: OrderResponseStatus,
    now: datetime,
    code: str = "",
    reason: str = "",
) -> EffectDraft:
    """The one business answer (requirement C17): its key can exist only once, unless the channel
    refused to take it and a person released it.
    """
    return EffectDraft(
        connection=state.connection,
        operation=erp.SEND_ORDER_RESPONSE,
        effect_key=EffectName(EffectKind.RESPONSE).key(target(state), state.answer_tries),
        target_key=f"response:{target(state)}",
        document=OrderResponse(
            reference=state.order.reference,
            identifiers=state.order.identifiers,
            status=status,
            code=code,
            reason=reason,
            seller_order_name=state.erp_name,
            answered_at=now,
        ),
    )


def answer_cancellation(
    state: SalesOrderState, now: datetime, reason: str, *, refused: bool
) -> tuple[SalesOrderState, list[EffectDraft]]:
    """What became of a cancellation that came after the order had been accepted.

    Said again, as an answer of its own, only when it has changed since: the last word is the truth.
    """
    status = OrderResponseStatus.CANCELLATION_REFUSED if refused else OrderResponseStatus.CANCELLED
    if state.cancellation_answer is status:
        return state, []
    return say_about_cancellation(state, now, status, reason)


def say_about_cancellation(
    state: SalesOrderState, now: datetime, status: OrderResponseStatus, reason: str
) -> tuple[SalesOrderState, list[EffectDraft]]:
    """The next answer to the channel's cancellation."""
    answers = (*state.cancellation_answers, status)
    state = state.model_copy(update={"cancellation_answers": answers})
    refused = status is OrderResponseStatus.CANCELLATION_REFUSED
    name = EffectName(EffectKind.CANCELLATION_RESPONSE)
    draft = EffectDraft(
        connection=state.connection,
        operation=erp.SEND_ORDER_RESPONSE,
        effect_key=name.key(target(state), len(answers)),
        target_key=f"response:{target(state)}",
        document=OrderResponse(
            about="cancellation",
            revises=len(answers) > 1,
            reference=state.order.reference,
            identifiers=state.order.identifiers,
            status=status,
            code="too_late" if refused else "cancelled",
            reason=reason,
            seller_order_name=state.erp_name,
            answered_at=now,
        ),
    )
    return state, [draft]
