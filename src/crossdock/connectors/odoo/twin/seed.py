"""What an Odoo 19 Community has before anybody keyed anything in, with the ids it gives."""

from decimal import Decimal

from crossdock.connectors.odoo.twin.database import Database
from crossdock.connectors.odoo.twin.on_hand import (
    CUSTOMERS,
    INPUT,
    LOSS,
    OUT,
    OUTPUT,
    PACK,
    PACKING,
    PICK,
    QUALITY,
    STOCK,
    SUPPLIERS,
    VIEW,
)
from crossdock.connectors.odoo.twin.places import add_location, add_warehouse

COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN "
    "BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ "
    "DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL "
    "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM "
    "JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
    "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD "
    "SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
    "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
"""ISO 3166-1 alpha-2, and Kosovo as Odoo has it."""
STATES = {
    "US": (
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE "
        "NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR"
    ),
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
}
UNITS = (
    (1, "Units", "1", False),
    (2, "Pack of 6", "6", 1),
    (4, "Hours", "1", False),
    (12, "ml", "1", False),
    (15, "g", "1", False),
    (31, "Dozens", "12", 1),
)
FINEST = Decimal("0.01")
"""Of a quantity: Odoo's decimal precision Product Unit."""
CURRENCIES = ((1, "USD", 2), (126, "EUR", 2), (142, "GBP", 2), (25, "JPY", 0))
LOCATIONS = (
    (SUPPLIERS, "Vendors", "supplier"),
    (CUSTOMERS, "Customers", "customer"),
    (LOSS, "Inventory adjustment", "inventory"),
)
HOUSE = {
    "lot_stock_id": STOCK, "wh_input_stock_loc_id": INPUT, "wh_qc_stock_loc_id": QUALITY,
    "wh_pack_stock_loc_id": PACKING, "wh_output_stock_loc_id": OUTPUT,
}  # fmt: skip
OPERATION_TYPES = (
    (OUT, "Delivery Orders", "outgoing"),
    (PICK, "Pick", "internal"),
    (PACK, "Pack", "internal"),
)
TAXES = ((1, "15%", "15", False), (3, "0% Exports", "0", False))


def seed(database: Database) -> None:
    """Company, user, currencies, units, two sales taxes, countries, states, a warehouse."""
    for number, name, places in CURRENCIES:
        values = {"name": name, "decimal_places": places, "active": number == 1}
        database.insert("res.currency", values, number)
    database.insert("res.company", {"name": "My Company", "currency_id": 1}, 1)
    database.insert("res.users", {"name": "integration", "login": "integration"}, 2)
    database.insert("res.partner", {"name": "My Company", "type": "contact"}, 1)
    database.insert("product.pricelist", {"name": "Default", "currency_id": 1}, 1)
    for number, name, factor, relative in UNITS:
        amount = Decimal(factor)
        values = {"name": name, "relative_factor": amount, "factor": amount, "rounding": FINEST}
        database.insert("uom.uom", {**values, "relative_uom_id": relative}, number)
    for number, name, percent, included in TAXES:
        add_tax(database, name, percent, included=included, tax_id=number)
    for code in COUNTRIES.split():
        country = database.insert("res.country", {"name": code, "code": code})
        for state in STATES.get(code, "").split():
            values = {"name": state, "code": state, "country_id": country["id"]}
            database.insert("res.country.state", values)
    for number, name, usage in LOCATIONS:
        add_location(database, name, usage, location_id=number)
    add_warehouse(database, "WH", warehouse_id=1, view_id=VIEW, **HOUSE)
    for number, name, code in OPERATION_TYPES:
        values = {"name": name, "code": code, "warehouse_id": 1}
        database.insert("stock.picking.type", values, number)


def add_tax(
    database: Database,
    name: str,
    percent: str,
    *,
    included: bool = False,
    tax_id: int | None = None,
) -> int:
    """A sales tax in percent, in the price or on top of it; returns its id."""
    record = database.insert(
        "account.tax",
        {
            "name": name, "amount": Decimal(percent), "amount_type": "percent",
            "price_include": included, "type_tax_use": "sale", "company_id": 1, "sequence": 1,
        },
        tax_id,
    )  # fmt: skip
    return int(record["id"])
