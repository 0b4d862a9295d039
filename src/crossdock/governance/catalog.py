"""The catalogue of canonical events: what each says, who says it, and what it carries.

Events are facts, written with the decision they follow from and never changed. A test holds that
every event a process or the engine records is in here, with no other fields than these.
"""

from dataclasses import dataclass

ENGINE = "engine"
ORDER_TO_CASH = "processes.order_to_cash"
INVENTORY = "processes.inventory"


@dataclass(frozen=True, slots=True)
class EventField:
    """One field of an event's data."""

    name: str
    meaning: str
    always: bool = True


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One type of event."""

    type: str
    producer: str
    meaning: str
    data: tuple[EventField, ...] = ()


class UnknownEventType(LookupError):
    """No such event in the catalogue."""


_F = EventField
_MESSAGE = _F("message_id", "the message in question")
_DETAIL = _F("detail", "why, in words")
_OPERATION = _F("operation", "what was asked of the outside system")
_ADOPTED = _F("adopted", "whether a probe found it after an attempt whose outcome had been unknown")
_FULFILMENT = _F("fulfilment_id", "the fulfilment order")
_LINES = _F("lines", "quantities, by the order's line id")
_ERP_NAME = _F("erp_name", "the order's name in the ERP")

EVENTS: tuple[EventDefinition, ...] = (
    EventDefinition(
        "message.ignored",
        ENGINE,
        "A message changed nothing: it is older than what was applied, or its order has ended.",
        (_MESSAGE, _DETAIL),
    ),
    EventDefinition(
        "message.conflicting",
        ENGINE,
        "An applied version came again with other content; the source is asked which holds.",
        (_MESSAGE, _DETAIL),
    ),
    EventDefinition(
        "transition.refused",
        ENGINE,
        "What came cannot follow from where the document stands; nothing moved, a person compares.",
        (_F("reason", "which move was refused, in words"),),
    ),
    EventDefinition(
        "effect.observed",
        ORDER_TO_CASH,
        "An effect on an outside system stands there, and the order's state stays as it was.",
        (_OPERATION, _ADOPTED),
    ),
    EventDefinition(
        "effect.rejected",
        ORDER_TO_CASH,
        "An outside system refused an effect for its content; sending it again would not help.",
        (_OPERATION, _F("reason", "what the outside system said")),
    ),
    EventDefinition(
        "sales_order.accepted",
        ORDER_TO_CASH,
        "Everything the order names is known and its identity is ours; its draft is on the way.",
        (
            _F("reference", "the number that identifies the order to its sender"),
            _F("total", "the channel's grand total with its currency"),
            _F("explanation", "why customer, ship-to and lines were matched so"),
        ),
    ),
    EventDefinition(
        "sales_order.held",
        ORDER_TO_CASH,
        "Something in the order is unknown to the ERP; a person decides.",
        (_F("problems", "every reason, in words"),),
    ),
    EventDefinition(
        "sales_order.rejected",
        ORDER_TO_CASH,
        "The order was refused and its channel is told why.",
        (_F("code", "the reason as a code"), _F("reason", "the reason in words")),
    ),
    EventDefinition(
        "sales_order.drafted",
        ORDER_TO_CASH,
        "The ERP holds the order as a draft with an equal total; its confirmation is on the way.",
        (
            _ERP_NAME,
            _F("total", "the ERP's grand total"),
            _F("difference", "the ERP's total minus the channel's"),
            _F("cause", "what the difference comes from, in words; empty when there is none"),
            _ADOPTED,
        ),
    ),
    EventDefinition(
        "sales_order.mismatched",
        ORDER_TO_CASH,
        "The draft's total differs from the channel's by more than is tolerated; a person decides.",
        (_F("difference", "the differing amounts, itemised in words"),),
    ),
    EventDefinition(
        "sales_order.tried_again",
        ORDER_TO_CASH,
        "A person released what an outside system had refused; it is on its way anew.",
        (_OPERATION, _F("try", "number of the new try, from 2")),
    ),
    EventDefinition(
        "sales_order.confirmed",
        ORDER_TO_CASH,
        "The ERP has confirmed the order; the channel gets its answer.",
        (_ERP_NAME, _F("total", "the ERP's grand total"), _ADOPTED),
    ),
    EventDefinition(
        "sales_order.confirmed_after_end",
        ORDER_TO_CASH,
        "The ERP confirmed an order that has ended here; nothing moves before a person has looked.",
        (_ERP_NAME,),
    ),
    EventDefinition(
        "sales_order.change_requested",
        ORDER_TO_CASH,
        "The channel changed an order that was already accepted; a person amends it.",
        (_F("differences", "what the trade is about that differs, in words"),),
    ),
    EventDefinition(
        "sales_order.change_agreed",
        ORDER_TO_CASH,
        "A person has amended the order as the channel changed it: that version is what we know.",
        (_F("differences", "what the trade is about that differs from before, in words"),),
    ),
    EventDefinition(
        "sales_order.cancelling",
        ORDER_TO_CASH,
        "The channel cancelled while a draft stands or may stand; the ERP is being told.",
        (_F("reason", "the channel's reason"), _DETAIL),
    ),
    EventDefinition(
        "sales_order.cancelled",
        ORDER_TO_CASH,
        "The order has ended without delivery.",
        (
            _F("by", "channel or erp"),
            _F("reason", "the reason given"),
            _F("detail", "how far it had come", always=False),
        ),
    ),
    EventDefinition(
        "sales_order.cancellation_too_late",
        ORDER_TO_CASH,
        "The channel cancelled an order that was confirmed before; a person stops it or refuses.",
        (_F("reason", "the channel's reason"),),
    ),
    EventDefinition(
        "sales_order.cancellation_refused",
        ORDER_TO_CASH,
        "A warehouse goes on although it was asked to stop; a person settles it with the customer.",
        (_F("reason", "why it goes on"), _F("by", "who had cancelled: channel or erp")),
    ),
    EventDefinition(
        "sales_order.release_tried",
        ORDER_TO_CASH,
        "A person mended what kept a confirmed order from its warehouses.",
        (_MESSAGE,),
    ),
    EventDefinition(
        "sales_order.fulfilment_planned",
        ORDER_TO_CASH,
        "A fulfilment order is on its way to a warehouse, at once or with its wave.",
        (
            _FULFILMENT,
            _F("warehouse", "name of the warehouse's connection"),
            _F("release_at", "when it goes out"),
            _F("lines", "SKUs and quantities, in words"),
        ),
    ),
    EventDefinition(
        "sales_order.backordered",
        ORDER_TO_CASH,
        "What a warehouse could not ship is planned anew.",
        (_LINES,),
    ),
    EventDefinition(
        "sales_order.closed_short",
        ORDER_TO_CASH,
        "What a warehouse could not ship, or was told not to, is given up.",
        (_LINES,),
    ),
    EventDefinition(
        "sales_order.taken_by_hand",
        ORDER_TO_CASH,
        "A person did by hand what could not be taken: nothing of it goes through us.",
        (_F("reason", "what the person said"),),
    ),
    EventDefinition(
        "sales_order.progressed",
        ORDER_TO_CASH,
        "Facts from warehouses moved the order on.",
        (_F("from", "the status before"), _F("to", "the status now")),
    ),
    EventDefinition(
        "fulfilment.reported",
        ORDER_TO_CASH,
        "A warehouse said what it did.",
        (
            _F("kind", "accepted, picked, short_picked, packed, shipped, delivered, closed …"),
            _FULFILMENT,
            _F("occurred_at", "when, by the warehouse's clock"),
            _F("lines", "SKUs and quantities, in words"),
            _F("shipment_id", "the warehouse's own id of the shipment, where there is one"),
            _F("tracking", "tracking numbers"),
            _F("reason", "the warehouse's reason, where it gave one"),
        ),
    ),
    EventDefinition(
        "fulfilment.contradiction",
        ORDER_TO_CASH,
        "A warehouse's fact cannot be true beside what is known; a person finds out.",
        (_F("event_id", "the warehouse's own id of the fact"), _F("reason", "why it cannot be")),
    ),
    EventDefinition(
        "stock.reported",
        INVENTORY,
        "A warehouse counted a SKU, or changed how much of it is there.",
        (
            _F("kind", "counted or adjusted"),
            _F("sku", "the SKU"),
            _F("state", "available, damaged …"),
            _F("amount", "how much is there now"),
        ),
    ),
    EventDefinition(
        "stock.level_read",
        INVENTORY,
        "The ERP shows another level of a SKU at one of its warehouses than before.",
        (
            _F("location", "the warehouse's code in the ERP"),
            _F("sku", "the SKU"),
            _F("unit", "the unit of every amount"),
            _F("available", "there and sellable, reserved or not"),
            _F("unsellable", "there and not sold, by state"),
            _F("foreign_demand", "leaves for reasons that did not come through us"),
            _F("reserved_there", "what the ERP says is reserved"),
            _F("expected", "on its way in"),
        ),
    ),
)

BY_TYPE = {definition.type: definition for definition in EVENTS}


def event_definition(type_: str) -> EventDefinition:
    """Raises UnknownEventType naming what there is."""
    try:
        return BY_TYPE[type_]
    except KeyError:
        raise UnknownEventType(
            f"no event {type_!r} in the catalogue; it has {', '.join(BY_TYPE)}"
        ) from None
