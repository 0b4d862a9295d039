"""The models and fields of Odoo 19 that the twin has, with the types that fields_get reports.

A field is `name:type`, `!` when it is required, `=` before a selection's values, `>` before the
other model of a relation.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a model."""

    name: str
    type: str
    required: bool = False
    relation: str = ""
    values: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return LABELS.get(self.name) or self.name.removesuffix("_id").replace("_", " ").title()


LABELS = {
    "partner_id": "Customer", "order_line": "Order Lines", "product_id": "Product",
    "product_uom_qty": "Quantity", "price_unit": "Unit Price", "date_order": "Order Date",
    "state": "Status", "state_id": "State", "move_line_ids": "Operations",
}  # fmt: skip

_COMMON = "id:integer display_name:char create_date:datetime write_date:datetime"
_MODELS = {
    "res.company": "name:char! currency_id:many2one>res.currency",
    "res.users": "name:char! login:char! company_id:many2one>res.company",
    "res.users.apikeys": (
        "name:char! scope:char expiration_date:datetime user_id:many2one>res.users"
    ),
    "res.currency": "name:char! decimal_places:integer rounding:float active:boolean",
    "res.country": "name:char! code:char",
    "res.country.state": "name:char! code:char! country_id:many2one>res.country",
    "res.partner": (
        "name:char company_name:char is_company:boolean"
        " type:selection=contact|invoice|delivery|other ref:char email:char phone:char vat:char"
        " street:char street2:char city:char zip:char"
        " country_id:many2one>res.country state_id:many2one>res.country.state active:boolean"
        " parent_id:many2one>res.partner parent_name:char child_ids:one2many>res.partner.parent_id"
        " credit:monetary credit_limit:float use_partner_credit_limit:boolean"
        " credit_to_invoice:monetary customer_rank:integer tz:selection"
        " commercial_partner_id:many2one>res.partner"
    ),
    "uom.uom": (
        "name:char! relative_factor:float factor:float rounding:float"
        " relative_uom_id:many2one>uom.uom active:boolean"
    ),
    "account.tax": (
        "name:char! amount:float! amount_type:selection=percent|fixed|division|group"
        " price_include:boolean price_include_override:selection=tax_included|tax_excluded"
        " type_tax_use:selection=sale|purchase|none sequence:integer"
        " company_id:many2one>res.company active:boolean"
    ),
    "product.product": (
        "name:char! default_code:char barcode:char type:selection=consu|service|combo"
        " uom_id:many2one>uom.uom list_price:float taxes_id:many2many>account.tax sale_ok:boolean"
        " active:boolean is_storable:boolean tracking:selection=serial|lot|none"
        " invoice_policy:selection=order|delivery"
        " stock_quant_ids:one2many>stock.quant.product_id"
        " stock_move_ids:one2many>stock.move.product_id"
    ),
    "product.pricelist": "name:char! currency_id:many2one>res.currency active:boolean",
    "product.pricelist.item": (
        "pricelist_id:many2one>product.pricelist applied_on:char"
        " product_id:many2one>product.product"
        " product_tmpl_id:many2one>product.template categ_id:many2one>product.category"
        " compute_price:char fixed_price:float"
        " percent_price:float min_quantity:float date_start:datetime date_end:datetime"
    ),
    "sale.order": (
        "name:char state:selection=draft|sent|sale|cancel partner_id:many2one!>res.partner"
        " partner_shipping_id:many2one>res.partner partner_invoice_id:many2one>res.partner"
        " client_order_ref:char origin:char date_order:datetime currency_id:many2one>res.currency"
        " company_id:many2one>res.company pricelist_id:many2one>product.pricelist"
        " order_line:one2many>sale.order.line.order_id amount_untaxed:monetary amount_tax:monetary"
        " amount_total:monetary locked:boolean invoice_status:char delivery_status:char note:text"
        " access_token:char payment_term_id:many2one>account.payment.term effective_date:datetime"
        " picking_ids:one2many>stock.picking.sale_id invoice_ids:many2many>account.move"
    ),
    "sale.order.line": (
        "order_id:many2one!>sale.order sequence:integer product_id:many2one>product.product"
        " name:text product_uom_qty:float product_uom_id:many2one>uom.uom price_unit:float"
        " technical_price_unit:float discount:float tax_ids:many2many>account.tax"
        " price_subtotal:monetary price_tax:float price_total:monetary display_type:char"
        " qty_delivered:float qty_delivered_method:selection=manual|analytic|stock_move"
        " qty_invoiced:float qty_invoiced_posted:float qty_to_invoice:float"
    ),
    "stock.location": (
        "name:char! complete_name:char parent_path:char active:boolean"
        " location_id:many2one>stock.location warehouse_id:many2one>stock.warehouse"
        " usage:selection=supplier|view|internal|customer|inventory|production|transit"
    ),
    "stock.warehouse": (
        "name:char! code:char! active:boolean partner_id:many2one>res.partner"
        " view_location_id:many2one>stock.location lot_stock_id:many2one>stock.location"
        " wh_input_stock_loc_id:many2one>stock.location"
        " wh_qc_stock_loc_id:many2one>stock.location"
        " wh_pack_stock_loc_id:many2one>stock.location"
        " wh_output_stock_loc_id:many2one>stock.location"
        " delivery_steps:selection=ship_only|pick_ship|pick_pack_ship"
    ),
    "stock.picking.type": (
        "name:char! code:selection=incoming|outgoing|internal warehouse_id:many2one>stock.warehouse"
    ),
    "stock.picking": (
        "name:char sale_id:many2one>sale.order partner_id:many2one>res.partner origin:char"
        " state:selection=draft|waiting|confirmed|assigned|done|cancel"
        " picking_type_id:many2one>stock.picking.type"
        " picking_type_code:selection=incoming|outgoing|internal"
        " location_id:many2one>stock.location location_dest_id:many2one>stock.location"
        " backorder_id:many2one>stock.picking carrier_tracking_ref:char date_done:datetime"
        " move_ids:one2many>stock.move.picking_id"
        " move_line_ids:one2many>stock.move.line.picking_id"
    ),
    "stock.move": (
        "picking_id:many2one>stock.picking sale_line_id:many2one>sale.order.line"
        " product_id:many2one!>product.product product_uom:many2one!>uom.uom"
        " state:selection=draft|waiting|confirmed|partially_available|assigned|done|cancel"
        " product_uom_qty:float quantity:float picked:boolean"
        " has_tracking:selection=serial|lot|none location_id:many2one>stock.location"
        " location_dest_id:many2one>stock.location location_final_id:many2one>stock.location"
        " product_qty:float date:datetime origin:char reference:char"
        " purchase_line_id:many2one>purchase.order.line"
        " move_line_ids:one2many>stock.move.line.move_id"
    ),
    "stock.move.line": (
        "picking_id:many2one>stock.picking move_id:many2one>stock.move"
        " product_id:many2one>product.product product_uom_id:many2one>uom.uom quantity:float"
        " picked:boolean lot_id:many2one>stock.lot location_id:many2one>stock.location"
        " location_dest_id:many2one>stock.location package_id:many2one>stock.package"
        " owner_id:many2one>res.partner"
    ),
    "stock.lot": "name:char! product_id:many2one!>product.product",
    "stock.quant": (
        "product_id:many2one!>product.product location_id:many2one!>stock.location"
        " lot_id:many2one>stock.lot quantity:float inventory_quantity:float"
        " package_id:many2one>stock.package owner_id:many2one>res.partner"
        " reserved_quantity:float warehouse_id:many2one>stock.warehouse"
    ),
    "account.move": (
        "name:char state:selection=draft|posted|cancel move_type:selection=out_invoice|out_refund"
        " partner_id:many2one>res.partner currency_id:many2one>res.currency ref:char"
        " invoice_origin:char invoice_date:date amount_untaxed:monetary amount_tax:monetary"
        " amount_total:monetary invoice_line_ids:one2many>account.move.line.move_id"
    ),
    "account.move.line": (
        "move_id:many2one>account.move product_id:many2one>product.product quantity:float"
        " product_uom_id:many2one>uom.uom price_unit:float discount:float"
        " tax_ids:many2many>account.tax price_subtotal:monetary display_type:char"
        " sale_line_ids:many2many>sale.order.line"
    ),
    "sale.advance.payment.inv": (
        "advance_payment_method:selection=delivered|percentage|fixed"
        " sale_order_ids:many2many>sale.order consolidated_billing:boolean"
    ),
    "ir.model.data": "module:char! name:char! model:char! res_id:integer",
}


def _field(text: str) -> Field:
    name, _, rest = text.partition(":")
    rest, _, relation = rest.partition(">")
    rest, _, values = rest.partition("=")
    choices = tuple(values.split("|")) if values else ()
    return Field(name, rest.rstrip("!"), rest.endswith("!"), relation, choices)


def _fields(text: str) -> Mapping[str, Field]:
    fields = [_field(part) for part in f"{_COMMON} {text}".split()]
    return {field.name: field for field in fields}


MODELS: Mapping[str, Mapping[str, Field]] = {name: _fields(text) for name, text in _MODELS.items()}


def child_of(field: Field) -> tuple[str, str]:
    """Model and back-reference of a one2many: (`sale.order.line`, `order_id`)."""
    model, _, back = field.relation.rpartition(".")
    return model, back
