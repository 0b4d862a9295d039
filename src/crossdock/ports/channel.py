"""Settings every sales channel has: the policies of capture, as data per connection."""

from crossdock.ports.setting import Setting, SettingKind

SALES_CHANNEL_SETTINGS: tuple[Setting, ...] = (
    Setting("erp", "Name of the Odoo connection that its orders go to", default="odoo",
            kind=SettingKind.CONNECTION),
    Setting(
        "unknown_customer",
        "What to do with an order of a customer Odoo does not know",
        default="hold",
        choices=("hold", "generic", "create"),
    ),
    Setting("generic_customer", "Customer code that `generic` books such orders on", default=""),
    Setting(
        "unknown_ship_to",
        "What to do with a delivery address the customer does not have in Odoo",
        default="hold",
        choices=("hold", "create"),
    ),
    Setting("default_unit", "Unit of lines that name none, as Odoo calls it", default="Units"),
    Setting("shipping_product", "Product code that shipping is booked on", default="SHIPPING"),
    Setting("discount_product", "Product code that discounts are booked on", default="DISCOUNT"),
    Setting("fee_product", "Product code for duties, tips and other charges", default="FEE"),
    Setting("total_tolerance", "Largest difference of totals that is confirmed", default="0.00",
            kind=SettingKind.AMOUNT),
    Setting("warehouses", "Warehouse connections that ship its orders: `wms`, or by SKU pattern "
            "`wms_cold=COLD-*, wms`; empty: Odoo's own warehouse staff ship them", default="",
            kind=SettingKind.WAREHOUSES),
    Setting("invoice", "When Odoo invoices what was shipped", default="on_completion",
            choices=("on_completion", "per_shipment", "never")),
    Setting("test_orders", "What to do with test orders", default="reject",
            choices=("reject", "accept")),
)  # fmt: skip
