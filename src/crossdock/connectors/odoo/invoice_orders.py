"""Invoices: Odoo's own wizard makes a draft of what was delivered, compared before it is posted.

Odoo counts a draft as invoiced at once, and of concurrent wizards on one order one makes the
invoice while the others are told that nothing is left (tried on 19.0: 4 at once, 5 of 5 rounds
one invoice). So the order itself tells whether it was done.
"""

from collections.abc import Sequence

from crossdock.connectors.odoo.all_or_nothing import call_for_each
from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.external_ids import external_ids
from crossdock.connectors.odoo.mapping.invoice import (
    SPECIFICATION,
    Invoices,
    check_quantities,
    to_erp_invoice,
    to_invoices,
)
from crossdock.connectors.odoo.mapping.order_command import named_order
from crossdock.connectors.odoo.order_targets import Target, find_targets, missing
from crossdock.connectors.odoo.reference_data import ReferenceData
from crossdock.connectors.odoo.web_read import web_read
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, Rejected

WIZARD = "sale.advance.payment.inv"
Errors = dict[str, ConnectorError]


class InvoiceOrders:
    """`invoice_sales_order`."""

    def __init__(self, client: OdooClient, reference_data: ReferenceData) -> None:
        self._client = client
        self._reference_data = reference_data

    def deliver(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        """One wizard and one posting for all; one invoice an order."""
        outcomes, targets = find_targets(self._client, batch, named_order)
        names: dict[int, str] = {}
        seen = self._read([order for _, order in targets], names)
        errors = self._judge(targets, seen)
        going = [(e, o) for e, o in targets if e.effect_key not in errors]
        bare = {e.effect_key: [o] for e, o in going if seen[o].has_rest}
        refused = call_for_each(self._make, bare)
        errors |= {k: error for k, error in refused.items() if not isinstance(error, Rejected)}
        try:
            if bare:
                seen |= self._read([order for orders in bare.values() for order in orders], names)
            errors |= {e.effect_key: refused[e.effect_key] for e, o in going
                       if e.effect_key in refused and seen[o].has_rest}  # fmt: skip
            self._post(going, seen, errors)
            seen |= self._read([order for _, order in going], names)
        except ConnectorError as error:
            lost = _not_read(error)
            keys = [effect.effect_key for effect in batch]
            return [outcomes.get(k) or Failed(k, errors.get(k, lost)) for k in keys]
        for effect, order_id in targets:
            outcomes[effect.effect_key] = self._outcome(effect, seen.get(order_id), errors)
        return [outcomes[effect.effect_key] for effect in batch]

    def probe(self, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """Invoiced is what has nothing left to invoice and no draft."""
        failed, targets = find_targets(self._client, batch, named_order)
        results: dict[str, ProbeResult] = dict(failed)
        try:
            seen = self._read([order for _, order in targets], {})
        except ConnectorError as error:
            return [Failed(effect.effect_key, error) for effect in batch]
        for effect, order_id in targets:
            key, order = effect.effect_key, seen.get(order_id)
            if order is None:
                named = named_order(effect.request)
                results[key] = Conflicting(key, f"{named.name or named.external_id} is not in Odoo")
            elif order.is_made:
                found = self._as_delivered(key, order, adopted=True)
                results[key] = found if isinstance(found, Observed) else _conflicting(found)
            else:
                results[key] = Absent(key)
        return [results[effect.effect_key] for effect in batch]

    def _read(self, order_ids: Sequence[int], names: dict[int, str]) -> dict[int, Invoices]:
        orders = web_read(self._client, "sale.order", order_ids, SPECIFICATION)
        lines = [line for order in orders for line in order["order_line"]]
        unknown = [line["id"] for line in lines if line["id"] not in names]
        names |= external_ids(self._client, "sale.order.line", unknown)
        wanted = {line["product_uom_id"] for line in lines if line["product_uom_id"]}
        units = {unit: self._reference_data.unit(unit) for unit in wanted}
        return {order["id"]: to_invoices(order, units, names) for order in orders}

    @staticmethod
    def _judge(targets: Sequence[Target], seen: dict[int, Invoices]) -> Errors:
        errors: Errors = {}
        for effect, order_id in targets:
            try:
                if order_id not in seen:
                    raise missing(named_order(effect.request))
                _check_invoiceable(seen[order_id])
            except Rejected as error:
                errors[effect.effect_key] = error
        return errors

    def _make(self, order_ids: list[int]) -> None:
        """Drafts, one an order: Odoo's default is one a customer."""
        values = {
            "advance_payment_method": "delivered",
            "sale_order_ids": [[6, 0, order_ids]],
            "consolidated_billing": False,
        }
        wizard = self._client.write(WIZARD, "create", vals_list=[values])
        self._client.write(WIZARD, "create_invoices", ids=wizard)

    def _post(self, going: Sequence[Target], seen: dict[int, Invoices], errors: Errors) -> None:
        """Drafts of the delivered quantities; one of other quantities is left for a person."""
        drafts: dict[str, list[int]] = {}
        for effect, order_id in going:
            key = effect.effect_key
            try:
                if key not in errors and seen[order_id].drafts:
                    check_quantities(seen[order_id])
                    drafts[key] = [int(draft["id"]) for draft in seen[order_id].drafts]
            except Rejected as error:
                errors[key] = error
        errors |= call_for_each(
            lambda ids: self._client.write("account.move", "action_post", ids=ids), drafts
        )

    def _outcome(self, effect: EffectToSend, seen: Invoices | None, errors: Errors) -> Outcome:
        """A refusal counts only while the invoice is not there."""
        key, error = effect.effect_key, errors.get(effect.effect_key)
        if seen is not None and seen.is_made and (error is None or isinstance(error, Rejected)):
            return self._as_delivered(key, seen)
        if error is None:
            error = Rejected(
                f"{seen.name if seen else 'the order'} has a draft or something to invoice left",
                field="invoice", remedy="see the order's invoices in Odoo, then release it",
                code="not_invoiced",
            )  # fmt: skip
        return Failed(key, error)

    def _as_delivered(
        self, key: str, seen: Invoices, *, adopted: bool = False
    ) -> Observed | Failed:
        """The last invoice; refused when what is invoiced is not what was delivered."""
        try:
            check_quantities(seen)
        except Rejected as error:
            return Failed(key, error)
        invoice = seen.posted[-1]
        currency = self._reference_data.currency(invoice["currency_id"])
        observation = to_erp_invoice(seen, invoice, currency.code, currency.decimal_places)
        return Observed(key, observation, adopted)


def _conflicting(failed: Failed) -> Conflicting:
    return Conflicting(failed.effect_key, failed.error.reason)


def _check_invoiceable(seen: Invoices) -> None:
    if seen.state != "sale":
        raise Rejected(
            f"{seen.name} is in state {seen.state} in Odoo", field="state", code="not_confirmed",
            remedy="see in Odoo who changed it, and invoice by hand what was delivered",
        )  # fmt: skip
    check_quantities(seen)
    if not any(line.is_goods and line.delivered for line in seen.lines):
        raise Rejected(
            f"{seen.name}: nothing was delivered, so there is nothing to invoice",
            field="lines", code="nothing_delivered",
            remedy="book the shipment in Odoo first, then release it",
        )  # fmt: skip


def _not_read(error: ConnectorError) -> Ambiguous:
    return Ambiguous(
        f"an invoice may have been made, it is not read back: {error.reason}",
        remedy="it is looked for in Odoo before anything else",
        code="not_read_back",
    )
