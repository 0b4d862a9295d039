"""Match customer and ship-to of an order with the ERP's partners. Pure."""

import hashlib
from dataclasses import dataclass, field

from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.parties import Party
from crossdock.domain.sales_order import SalesOrder
from crossdock.engine.use_case import Context, Granted, Need, ProjectedRecord
from crossdock.ports.erp import RecordRef
from crossdock.processes.order_to_cash.problem import Problem

_SCHEMES = (
    (IdentifierScheme.CHANNEL_CUSTOMER_ID, "channel_customer_id"),
    (IdentifierScheme.CUSTOMER_CODE, "customer_code"),
    (IdentifierScheme.VAT_NUMBER, "vat"),
)


@dataclass(frozen=True, slots=True)
class PartyToCreate:
    """A partner the ERP does not have yet."""

    external_id: str
    party: Party
    kind: str
    """contact | delivery"""
    parent: RecordRef | None = None


@dataclass(slots=True)
class Match:
    """Who buys and where it goes, or why that is not known."""

    partner: RecordRef = field(default_factory=RecordRef)
    ship_to: RecordRef = field(default_factory=RecordRef)
    sold_to: str = ""
    """Canonical code of the sold-to party, for the order's identity."""
    create: list[PartyToCreate] = field(default_factory=list)
    explanation: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def scope_of(context: Context) -> str:
    """The crosswalk's scope: this channel's names for things in its ERP."""
    return f"{context.connection}>{context.settings['erp']}"


def customer_keys(order: SalesOrder) -> list[str]:
    """By what a customer may be known, surest first."""
    keys = [
        f"{name}:{value}" for scheme, name in _SCHEMES if (value := order.buyer.identifier(scheme))
    ]
    if order.buyer.email:
        keys.append(f"email:{order.buyer.email.strip().lower()}")
    return keys


def customer_needs(order: SalesOrder, context: Context) -> list[Need]:
    """The partners that may be its customer and its ship-to."""
    scope = scope_of(context)
    needs = [Need("customer", scope, key) for key in customer_keys(order)]
    if context.settings.get("generic_customer"):
        needs.append(
            Need("customer", scope, f"customer_code:{context.settings['generic_customer']}")
        )
    if order.ship_to and order.ship_to.address:
        needs.append(Need("ship_to", scope, f"address:{order.ship_to.address.match_key()}"))
    return needs


def match_customer(order: SalesOrder, granted: Granted, context: Context) -> Match:
    """Find the buyer, then the ship-to; follow the connection's policy for the unknown."""
    match = Match()
    scope = scope_of(context)
    for key in customer_keys(order):
        records = _companies(granted.get(Need("customer", scope, key)) or [])
        if len(records) == 1:
            match.partner = RecordRef(id=int(records[0].external_id))
            match.sold_to = f"{context.settings['erp']}:{records[0].external_id}"
            match.explanation.append(f"customer {records[0].data.get('name')} matched by {key}")
            break
        if len(records) > 1:
            match.problems.append(_ambiguous(key, records, context))
            return match
    else:
        _unknown_customer(order, granted, context, match)
    if not match.problems:
        _match_ship_to(order, granted, context, match)
    return match


def _companies(records: list[ProjectedRecord]) -> list[ProjectedRecord]:
    """Partners that can buy: top-level ones before their own contacts."""
    top = [r for r in records if not r.data.get("parent_id")]
    return top or records


def _ambiguous(key: str, records: list[ProjectedRecord], context: Context) -> Problem:
    names = ", ".join(f"{r.data.get('name')} (id {r.external_id})" for r in records[:5])
    return Problem(
        code="ambiguous_customer",
        field="buyer",
        reason=f"{len(records)} customers in {context.settings['erp']} have {key}: {names}",
        fix=f"`crossdock map customer {context.connection} <channel customer id> <customer code>`, "
        "or merge them in Odoo",
        need=f"customer:{context.connection}:{key.partition(':')[2]}",
    )


def _unknown_customer(order: SalesOrder, granted: Granted, context: Context, match: Match) -> None:
    keys = customer_keys(order)
    code = keys[0].partition(":")[2] if keys else order.buyer.name
    policy = context.settings.get("unknown_customer", "hold")
    if policy == "generic":
        generic = context.settings.get("generic_customer", "")
        records = granted.get(Need("customer", scope_of(context), f"customer_code:{generic}")) or []
        if len(records) == 1:
            match.partner = RecordRef(id=int(records[0].external_id))
            match.sold_to = f"{context.connection}:{code}"
            match.explanation.append(f"customer unknown: booked on the generic customer {generic}")
            return
        match.problems.append(
            Problem("generic_customer_missing", "generic_customer",
                    f"the generic customer {generic!r} is not in {context.settings['erp']}",
                    "create that partner in Odoo or correct the connection's setting",
                    need=f"customer:{context.connection}:{generic}", owner="integration")
        )  # fmt: skip
        return
    if policy == "create" and keys:
        external_id = party_external_id(context.connection, keys[0])
        match.partner = RecordRef(external_id=external_id)
        match.sold_to = f"{context.connection}:{code}"
        match.create.append(PartyToCreate(external_id, order.buyer, "contact"))
        match.explanation.append(f"customer unknown by {', '.join(keys)}: created")
        return
    ids = " or ".join(keys) or "any id of this buyer"
    match.problems.append(
        Problem(
            code="unknown_customer",
            field="buyer",
            reason=f"no customer in {context.settings['erp']} has {ids}",
            fix=f"`crossdock map customer {context.connection} {code} <customer code>`",
            need=f"customer:{context.connection}:{code}",
            candidates=Need("similar_customer", scope_of(context), keys[-1]) if keys else None,
        )
    )


def party_external_id(connection: str, key: str) -> str:
    """Our external id of a partner we create: the same customer gives the same one."""
    return f"crossdock_{connection}.party_{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _match_ship_to(order: SalesOrder, granted: Granted, context: Context, match: Match) -> None:
    address = order.ship_to.address if order.ship_to else None
    if order.ship_to is None or address is None:
        match.ship_to = match.partner
        return
    if (
        match.create
        and order.buyer.address
        and order.buyer.address.match_key() == address.match_key()
    ):
        match.ship_to = match.partner
        return
    key = f"address:{address.match_key()}"
    partner = str(match.partner.get("id", ""))
    for record in granted.get(Need("ship_to", scope_of(context), key)) or []:
        if record.external_id == partner or str(record.data.get("parent_id") or "") == partner:
            match.ship_to = RecordRef(id=int(record.external_id))
            match.explanation.append(f"ship-to matched by address (partner {record.external_id})")
            return
    generic = context.settings.get("unknown_customer") == "generic"
    if match.create or generic or context.settings.get("unknown_ship_to", "hold") == "create":
        owner = match.partner.get("external_id") or partner
        external_id = party_external_id(context.connection, f"{owner}|{address.name}|{key}")
        match.create.append(PartyToCreate(external_id, order.ship_to, "delivery", match.partner))
        match.ship_to = RecordRef(external_id=external_id)
        match.explanation.append("ship-to unknown: created")
        return
    match.problems.append(
        Problem(
            code="unknown_ship_to",
            field="ship_to",
            reason=f"{address.street}, {address.postal_code} {address.city} "
            "is no address of this customer",
            fix="add the delivery address to the customer in Odoo (it is read within minutes), "
            "then `crossdock holds release ID`",
            candidates=Need("similar_customer", scope_of(context), key),
        )
    )
