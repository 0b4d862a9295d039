"""Match products, units and taxes of an order's lines and charges with the ERP. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from crossdock.domain.identifiers import IdentifierScheme
from crossdock.domain.products import ProductReference
from crossdock.domain.sales_order import Charge, ChargeKind, SalesOrder, Tax
from crossdock.engine.use_case import Context, Granted, Need, ProjectedRecord
from crossdock.ports.erp import ResolvedCharge, ResolvedLine
from crossdock.processes.order_to_cash.match_customer import scope_of
from crossdock.processes.order_to_cash.problem import Problem

EACH = "EA"


@dataclass(slots=True)
class MatchedLines:
    """The lines in the ERP's ids, or why some have none."""

    lines: list[ResolvedLine] = field(default_factory=list)
    charges: list[ResolvedCharge] = field(default_factory=list)
    goods: dict[str, str] = field(default_factory=dict)
    """Line id → the ERP's SKU, for what a warehouse ships."""
    discount_product_id: int | None = None
    problems: list[Problem] = field(default_factory=list)


def product_keys(product: ProductReference) -> list[str]:
    """By what a product may be known, surest first."""
    keys = []
    if sku := product.identifier(IdentifierScheme.SELLER_SKU):
        keys.append(f"sku:{sku}")
    if gtin := product.identifier(IdentifierScheme.GTIN):
        keys.append(f"gtin:{gtin}")
    if not keys and (variant := product.identifier(IdentifierScheme.CHANNEL_VARIANT_ID)):
        keys.append(f"sku:{variant}")
    return keys or [f"sku:{product.label}"]


def _rate_key(rate: Decimal, inclusive: bool) -> str:
    percent = (rate * 100).normalize()
    return f"rate:{percent:f}:{'incl' if inclusive else 'excl'}"


def _tax_keys(taxes: Sequence[Tax], inclusive: bool) -> list[str]:
    rates = [t.rate for t in taxes if t.rate]
    keys = [_rate_key(rate, inclusive) for rate in rates]
    if len(rates) > 1:
        keys.append(_rate_key(sum(rates, Decimal(0)), inclusive))
    return keys


def _charge_product(charge: Charge, context: Context) -> str:
    setting = "shipping_product" if charge.kind is ChargeKind.SHIPPING else "fee_product"
    return context.settings.get(setting, "")


def line_needs(order: SalesOrder, context: Context) -> list[Need]:
    """Products, units and taxes of every line and charge, each once."""
    scope = scope_of(context)
    needs: dict[Need, None] = {}
    for line in order.lines:
        for key in product_keys(line.product):
            needs[Need("product", scope, key)] = None
        needs[Need("unit", scope, f"unit:{line.quantity.unit}")] = None
    needs[Need("unit", scope, f"unit:{context.settings.get('default_unit', 'Units')}")] = None
    for taxed in order.items:
        for key in _tax_keys(taxed.taxes, order.prices_include_tax):
            needs[Need("tax", scope, key)] = None
    for charge in order.charges:
        needs[Need("product", scope, f"sku:{_charge_product(charge, context)}")] = None
    if _has_allowance(order):
        needs[Need("product", scope, f"sku:{context.settings.get('discount_product', '')}")] = None
    return list(needs)


def _has_allowance(order: SalesOrder) -> bool:
    return any(item.allowance for item in order.items)


def match_lines(order: SalesOrder, granted: Granted, context: Context) -> MatchedLines:
    """Every line and charge with product, unit and taxes of the ERP."""
    matched = MatchedLines()
    for index, line in enumerate(order.lines):
        product = _product(line.product, f"lines[{index}]", granted, context, matched)
        unit = _unit(line.quantity.unit, f"lines[{index}]", granted, context, matched)
        taxes = _taxes(line.taxes, f"lines[{index}]", order, granted, context, matched)
        if product and unit:
            matched.lines.append(
                ResolvedLine(
                    line_id=line.line_id,
                    product_id=int(product.external_id),
                    unit_id=int(unit.external_id),
                    tax_ids=taxes,
                )
            )
            if product.data.get("type") != "service":
                matched.goods[line.line_id] = product.data.get("sku") or line.product.label
    for index, charge in enumerate(order.charges):
        code = _charge_product(charge, context)
        found = _own_product(code, f"charges[{index}]", granted, context, matched)
        taxes = _taxes(charge.taxes, f"charges[{index}]", order, granted, context, matched)
        if found:
            matched.charges.append(
                ResolvedCharge(charge_id=charge.charge_id, product_id=found, tax_ids=taxes)
            )
    if _has_allowance(order):
        code = context.settings.get("discount_product", "")
        matched.discount_product_id = _own_product(
            code, "discount_product", granted, context, matched
        )
    return matched


def _product(
    product: ProductReference, where: str, granted: Granted, context: Context, matched: MatchedLines
) -> ProjectedRecord | None:
    scope = scope_of(context)
    keys = product_keys(product)
    for key in keys:
        records: list[ProjectedRecord] = granted.get(Need("product", scope, key)) or []
        if len(records) == 1:
            return records[0]
        if records:
            matched.problems.append(_ambiguous_product(key, where, records, context))
            return None
    code = keys[0].partition(":")[2]
    matched.problems.append(
        Problem(
            code="unknown_sku",
            field=f"{where}.product",
            reason=f"no product in {context.settings['erp']} has {' or '.join(keys)} "
            f"({product.description})",
            fix=f"`crossdock map sku {context.connection} {code} <product code>`",
            need=f"sku:{context.connection}:{code}",
            candidates=Need("similar_product", scope, keys[0]),
        )
    )
    return None


def _ambiguous_product(
    key: str, where: str, records: Iterable[ProjectedRecord], context: Context
) -> Problem:
    names = ", ".join(f"{r.data.get('name')} (id {r.external_id})" for r in records)
    code = key.partition(":")[2]
    return Problem(
        code="ambiguous_sku",
        field=f"{where}.product",
        reason=f"several products in {context.settings['erp']} have {key}: {names}",
        fix="give them different codes in Odoo, then `crossdock holds release ID`",
        need=f"sku:{context.connection}:{code}",
    )


def _own_product(
    code: str, where: str, granted: Granted, context: Context, matched: MatchedLines
) -> int | None:
    """A product of ours that charges and discounts are booked on."""
    records = granted.get(Need("product", scope_of(context), f"sku:{code}")) or []
    if len(records) == 1:
        return int(records[0].external_id)
    matched.problems.append(
        Problem(
            code="service_product_missing",
            field=where,
            reason=f"{len(records) or 'no'} products in {context.settings['erp']} "
            f"have the code {code!r} that this connection books charges or discounts on",
            fix=f"create one service product {code!r} in Odoo, or correct the connection's setting",
            need=f"sku:{context.connection}:{code}",
            owner="integration",
        )
    )
    return None


def _unit(
    unit: str, where: str, granted: Granted, context: Context, matched: MatchedLines
) -> ProjectedRecord | None:
    scope = scope_of(context)
    records = granted.get(Need("unit", scope, f"unit:{unit}")) or []
    if not records and unit == EACH:
        records = (
            granted.get(
                Need("unit", scope, f"unit:{context.settings.get('default_unit', 'Units')}")
            )
            or []
        )
    if records:
        record: ProjectedRecord = records[0]
        return record
    matched.problems.append(
        Problem(
            code="unknown_unit",
            field=f"{where}.quantity.unit",
            reason=f"no unit in {context.settings['erp']} is called {unit!r}",
            fix=f"`crossdock map unit {context.connection} {unit} <unit>`",
            need=f"unit:{context.connection}:{unit}",
        )
    )
    return None


def _taxes(
    taxes: Sequence[Tax],
    where: str,
    order: SalesOrder,
    granted: Granted,
    context: Context,
    matched: MatchedLines,
) -> list[int]:
    """The ERP's taxes of the same rates, or one tax of their sum; none when nothing is taxed."""
    scope = scope_of(context)
    rates = [t.rate for t in taxes if t.rate]
    if not rates:
        return []
    single = [
        granted.get(Need("tax", scope, _rate_key(rate, order.prices_include_tax))) for rate in rates
    ]
    if all(single):
        return [int(records[0].external_id) for records in single if records]
    total = _rate_key(sum(rates, Decimal(0)), order.prices_include_tax)
    if records := granted.get(Need("tax", scope, total)):
        return [int(records[0].external_id)]
    wanted = total.removeprefix("rate:")
    matched.problems.append(
        Problem(
            code="unknown_tax",
            field=f"{where}.taxes",
            reason=f"no sales tax in {context.settings['erp']} is {wanted} "
            f"({', '.join(t.title for t in taxes)})",
            fix=f"create it in Odoo, or `crossdock map tax {context.connection} {wanted} <tax>`",
            need=f"tax:{context.connection}:{wanted}",
            owner="finance",
        )
    )
    return []
