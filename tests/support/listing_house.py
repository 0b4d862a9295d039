"""A paper house whose systems list what they have: read from their own dictionaries alone."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crossdock.ops.close import close_day, scope_of
from crossdock.ops.close_result import CloseRun
from crossdock.ops.reconciliation.compare_books import compare_books
from crossdock.ops.word import Word
from crossdock.ports.listing import Listed, ListedKind, Sought
from tests.support.paper_connectors import order_body
from tests.support.paper_house import PaperHouse
from tests.support.paper_warehouse import PaperWarehouse, event

Documents = list[Listed]
Alteration = Callable[[Documents], Documents]
ERP_STATUS = {"draft": "open", "sale": "confirmed", "cancel": "cancelled"}


@dataclass
class Listing:
    """A connector, and what its system lists now."""

    connector: Any
    documents: Callable[[], Documents]
    kinds: tuple[ListedKind, ...] = (ListedKind.ORDER, ListedKind.SHIPMENT)
    alteration: Alteration = list
    asked: list[tuple[ListedKind, datetime, datetime]] = field(default_factory=list)
    sought: list[Sought] = field(default_factory=list)
    after_list: Callable[[], None] = lambda: None
    """Runs once, after the first list was read."""
    before_look_up: Callable[[], None] = lambda: None
    """Likewise, before the first look-up by key."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connector, name)

    def listed_kinds(self) -> tuple[ListedKind, ...]:
        return self.kinds

    def list_documents(
        self, kind: ListedKind, since: datetime, until: datetime
    ) -> Iterator[Listed]:
        self.asked.append((kind, since, until))
        found = [d for d in self._now(kind) if since <= d.at < until]
        if kind is self.kinds[-1]:
            then, self.after_list = self.after_list, lambda: None
            then()
        yield from found

    def find_documents(self, kind: ListedKind, sought: Sequence[Sought]) -> Iterator[Listed]:
        self.sought += sought
        then, self.before_look_up = self.before_look_up, lambda: None
        then()
        keys = {one.key for one in sought}
        yield from (d for d in self._now(kind) if d.key in keys)

    def _now(self, kind: ListedKind) -> Documents:
        return [d for d in self.alteration(self.documents()) if d.kind is kind]


class ListingHouse:
    """Trade with a paper house, then close its days."""

    def __init__(self, house: PaperHouse) -> None:
        self.house = house
        self.bodies: dict[str, tuple[dict[str, Any], datetime]] = {}
        self.received: dict[str, datetime] = {}
        self.left: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        """Fulfilment id → SKU → pieces that left."""
        self.closed: set[str] = set()
        all_kinds = tuple(ListedKind)
        self.systems = {
            "shop": self._attach("shop", Listing(house.shop, self.of_shop)),
            "erp": self._attach("erp", Listing(house.erp, self.of_erp, all_kinds)),
            "wms": self._attach("wms", Listing(house.wms, lambda: self.of(house.wms))),
            "annex": self._attach("annex", Listing(house.annex, lambda: self.of(house.annex))),
        }

    def _attach(self, name: str, listing: Listing) -> Listing:
        attached = self.house.registry.by_name(name)
        number = attached.connection.connection_id
        self.house.registry.attached[number] = replace(attached, connector=listing)
        return listing

    def place(
        self, number: int, *rows: tuple[str, str], at: datetime | None = None, **more: Any
    ) -> None:
        """A shop order of (SKU, pieces) rows at 10.00 apiece; it arrives at once."""
        body = order_body(number, **more)
        wanted = rows or (("A-1", "2"),)
        body["lines"] = [[str(n), sku, pieces, "10.00"] for n, (sku, pieces) in enumerate(wanted)]
        self._arrive(number, body, at or self.house.clock.now())

    def change(self, number: int, **more: Any) -> None:
        """A further version of it arrives."""
        body, at = self.bodies[str(number)]
        self._arrive(number, {**body, "version": body["version"] + 1, **more}, at)

    def _arrive(self, number: int, body: dict[str, Any], at: datetime) -> None:
        self.bodies[str(number)] = body, at
        self.house.arrive(body)
        self.settle()

    def later(self, by: timedelta) -> None:
        """Time passes; what the ERP was read for stays known."""
        self.house.clock.advance(by)  # type: ignore[attr-defined]
        self.house.rows("UPDATE stream SET as_of = %(now)s RETURNING 1", now=self.house.clock.now())

    def settle(self) -> None:
        self.house.settle()
        for warehouse in (self.house.wms, self.house.annex):
            for fulfilment_id in warehouse.orders:
                self.received.setdefault(fulfilment_id, self.house.clock.now())

    def fulfilments(self, number: int) -> list[tuple[PaperWarehouse, dict[str, Any]]]:
        key = f"shop:order:{number}"
        return [
            (w, o) for w in (self.house.wms, self.house.annex) for o in w.orders.values()
            if o["order_key"] == key
        ]  # fmt: skip

    def report(
        self, kind: str, number: int, shipment: int = 1, part: Decimal | None = None
    ) -> None:
        """An event of every fulfilment of an order; `part`: of each line's quantity."""
        for warehouse, order in self.fulfilments(number):
            amounts = {
                line["line_id"]: str(
                    (Decimal(line["quantity"]["amount"]) * (part or 1)).to_integral_value()
                )
                for line in order["lines"]
            }
            kept = {n: a for n, a in amounts.items() if Decimal(a)}
            fact = event(
                kind, order, number=shipment, quantities=kept, shipment_id=f"W{shipment}",
                minutes=shipment,
            )  # fmt: skip
            if kind == "shipped":
                for line in fact["lines"]:
                    self.left[order["fulfilment_id"]][line["sku"]] += Decimal(
                        line["quantity"]["amount"]
                    )
            if kind == "closed":
                self.closed.add(order["fulfilment_id"])
            self.house.report(fact, by=warehouse)
        self.settle()

    def of_shop(self) -> Documents:
        """By the bodies it sent and by what it was told."""
        found: Documents = []
        for number, (body, at) in self.bodies.items():
            told = [(o, d) for o, d in self.house.shop.told if _reference(d) == number]
            cancelled = body["cancelled"] or any(o == "cancel_order" for o, _ in told)
            skus = {n: sku for n, sku, _, _ in body["lines"]}
            pieces = {n: Decimal(p) for n, _, p, _ in body["lines"]}
            for operation, document in told:
                for line in document.get("lines", ()) if operation == "cancel_remainder" else ():
                    pieces[line["line_id"]] -= Decimal(line["quantity"]["amount"])
            left: defaultdict[str, Decimal] = defaultdict(Decimal)
            for operation, document in told:
                for line in document["lines"] if operation == "send_shipment" else ():
                    left[line["line_id"]] += Decimal(line["quantity"]["amount"])
            status = "cancelled" if cancelled else "shipped" if left == pieces else "open"
            amount = sum(pieces.values(), Decimal(0)) * 10
            name = f"#{number}"
            found.append(
                Listed(ListedKind.ORDER, number, name, status, at, amount, "EUR", _by(skus, pieces))
            )
            if left:
                shipped = _by(skus, left)
                found.append(
                    Listed(ListedKind.SHIPMENT, number, name, status, at, quantities=shipped)
                )
        return found

    def of_erp(self) -> Documents:
        """By its orders, deliveries and invoices."""
        found: Documents = []
        references = dict(self.house.erp.created)
        for key, order in self.house.erp.orders.items():
            body, at = self.bodies[references[key]]
            skus = {n: sku for n, sku, _, _ in body["lines"]}
            ordered = {n: Decimal(p) for n, _, p, _ in body["lines"]}
            name, total = order["name"], Decimal(order["amount_total"])
            status = ERP_STATUS[order["state"]]
            found.append(
                Listed(ListedKind.ORDER, key, name, status, at, total, "EUR", _by(skus, ordered))
            )
            delivered = {n: Decimal(a) for n, a in order.get("delivered", {}).items()}
            if delivered:
                shipped = _by(skus, delivered)
                found.append(
                    Listed(ListedKind.SHIPMENT, key, name, "shipped", at, quantities=shipped)
                )
            if order.get("invoices"):
                invoiced = {n: Decimal(a) for n, a in order["invoices"][-1].items()}
                amount = sum(invoiced.values(), Decimal(0)) * 10
                found.append(
                    Listed(
                        ListedKind.INVOICE, key, f"INV/{name}", "posted", at, amount, "EUR",
                        _by(skus, invoiced),
                    )
                )  # fmt: skip
        return found

    def of(self, warehouse: PaperWarehouse) -> Documents:
        """By its fulfilment orders and what left of them."""
        found: Documents = []
        for key, order in warehouse.orders.items():
            ordered = {
                line["line_id"]: Decimal(line["quantity"]["amount"]) for line in order["lines"]
            }
            skus = {line["line_id"]: line["sku"] for line in order["lines"]}
            left = dict(self.left[key])
            over = key in warehouse.cancelled or key in self.closed
            status = "shipped" if left else "cancelled" if over else "open"
            at, name = self.received[key], order["order_name"]
            of_all = _by(skus, ordered)
            found.append(Listed(ListedKind.ORDER, key, name, status, at, quantities=of_all))
            if left:
                found.append(Listed(ListedKind.SHIPMENT, key, name, status, at, quantities=left))
        return found

    def close(self, day: Any = None, only: str = "") -> CloseRun:
        now = self.house.clock.now()
        scope = scope_of(self.house.registry, 1, day or now.date(), only, now)
        return close_day(self.house.store, scope, Word("anna", now), compare_books)


def _reference(document: Mapping[str, Any]) -> str:
    return str(document.get("order_reference") or document.get("reference"))


def _by(skus: Mapping[str, str], lines: Mapping[str, Decimal]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line_id, amount in lines.items():
        if amount:
            found[skus[line_id]] += amount
    return dict(found)
