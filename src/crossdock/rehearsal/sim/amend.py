"""What a person does in Odoo about an order that its customer changed: its lines as agreed."""

from crossdock.connectors.shopify.twin.order_state import LineState
from crossdock.rehearsal.sim.house import SimHouse


def amend(house: SimHouse, work_key: str, erp_id: int | None) -> bool:
    """Bring the sale order to what the shop shows now. False while there is nothing to amend:
    nothing of it stands in Odoo, or it was cancelled on either side meanwhile.
    """
    order = house.shop_twin.shop.orders.get(int(work_key.rpartition(":")[2]))
    if order is None or order.cancelled_at is not None or not erp_id:
        return False
    [there] = house.odoo.find("sale.order", [["id", "=", erp_id]], ["state"])
    lines = house.odoo.find(
        "sale.order.line",
        [["order_id", "=", erp_id], ["qty_delivered_method", "=", "stock_move"]],
        ["product_uom_qty", "discount"],
    )
    if there["state"] == "cancel" or len(lines) != len(order.lines):
        return False
    for item, line in zip(order.lines, lines, strict=True):
        if line["product_uom_qty"] != item.current_quantity:
            values = _values(item, discounted=bool(line["discount"]))
            house.odoo.call("sale.order.line", "write", ids=[line["id"]], vals=values)
    house.odoo.call("sale.order", "write", ids=[erp_id], vals={"note": "as agreed"})
    return True


def _values(item: LineState, *, discounted: bool) -> dict[str, float]:
    """An amount off the whole line is fewer per cent of a longer one."""
    values = {"product_uom_qty": float(item.current_quantity)}
    worth = item.price * item.quantity
    if discounted and worth:
        values["discount"] = float(100 * item.discount / worth)
    return values
