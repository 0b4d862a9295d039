"""Why Odoo's deliveries cannot carry a shipment, with what to do about it."""

from crossdock.ports.errors import Rejected

_REMEDIES = {
    "not_confirmed": "confirm the order in Odoo, or book what left there by hand",
    "line_missing": "see in Odoo who changed the order; book the shipment there by hand",
    "over_shipped": "correct the order or the delivery in Odoo, or the shipment at the warehouse",
    "conflict": "correct the delivery in Odoo, then release the shipment",
    "being_picked": "validate or reset that delivery in Odoo, then release the shipment",
    "unit": "give the order line the product's own unit in Odoo, then release the shipment",
    "lots_missing": "let the warehouse name the lots or serial numbers",
    "lot_unknown": "receive that lot in Odoo or correct its name, then release the shipment",
}


def refused(reason: str, field: str, code: str) -> Rejected:
    """`code` is one of those that have a remedy here."""
    return Rejected(reason, field=field, remedy=_REMEDIES[code], code=code)
