"""Confirm, cancel and read: calls on orders that stand, judged by the state read afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.mapping.erp_order import SeenOrder, to_erp_order
from crossdock.connectors.odoo.mapping.order_command import named_order
from crossdock.connectors.odoo.order_reader import OrderReader
from crossdock.connectors.odoo.order_targets import Target, find_targets, missing
from crossdock.ports.effect import (
    Absent,
    Conflicting,
    EffectToSend,
    Failed,
    Observed,
    Outcome,
    ProbeResult,
)
from crossdock.ports.errors import Ambiguous, ConnectorError, NotYet, Rejected


@dataclass(frozen=True, slots=True)
class Command:
    """A method of sale.order, the state it leads to, and the states it cannot start from."""

    method: str
    state: str
    impossible_from: frozenset[str]


CONFIRM = Command("action_confirm", "sale", frozenset({"cancel"}))
CANCEL = Command("action_cancel", "cancel", frozenset())


class OrderCommands:
    """`confirm_sales_order`, `cancel_sales_order` and `read_sales_order`."""

    def __init__(self, client: OdooClient, reader: OrderReader) -> None:
        self._client = client
        self._reader = reader

    def deliver(self, command: Command, batch: Sequence[EffectToSend]) -> list[Outcome]:
        """One call for all; when Odoo refuses it, only the guilty order fails."""
        failed, targets = find_targets(self._client, batch, named_order)
        errors: dict[str, ConnectorError] = {}
        self._call(command, targets, errors)
        outcomes = failed | self._judge(command, targets, errors)
        return [outcomes[effect.effect_key] for effect in batch]

    def probe(self, command: Command, batch: Sequence[EffectToSend]) -> list[ProbeResult]:
        """The state tells whether it took place."""
        failed, targets = find_targets(self._client, batch, named_order)
        results: dict[str, ProbeResult] = dict(failed)
        try:
            seen = self._reader.read_heads([order_id for _, order_id in targets])
        except ConnectorError as error:
            return [Failed(effect.effect_key, error) for effect in batch]
        for effect, order_id in targets:
            results[effect.effect_key] = _probed(command, effect, seen.get(order_id))
        return [results[effect.effect_key] for effect in batch]

    def read(self, batch: Sequence[EffectToSend]) -> list[Outcome]:
        failed, targets = find_targets(self._client, batch, named_order)
        seen = self._reader.read([order_id for _, order_id in targets])
        outcomes = dict(failed)
        for effect, order_id in targets:
            order = seen.get(order_id)
            outcomes[effect.effect_key] = (
                Observed(effect.effect_key, to_erp_order(order))
                if order
                else Failed(effect.effect_key, missing(named_order(effect.request)))
            )
        return [outcomes[effect.effect_key] for effect in batch]

    def _call(
        self, command: Command, targets: list[Target], errors: dict[str, ConnectorError]
    ) -> None:
        """Call the method on all; after a refusal on those that may still go, by halves."""
        if not targets:
            return
        try:
            self._client.write("sale.order", command.method, ids=[order for _, order in targets])
        except Rejected as error:
            self._call_remaining(command, targets, errors, error)
        except ConnectorError as error:
            errors.update({effect.effect_key: error for effect, _ in targets})

    def _call_remaining(
        self, command: Command, targets: list[Target], errors: dict[str, ConnectorError],
        refused: Rejected,
    ) -> None:  # fmt: skip
        try:
            states = self._reader.states([order for _, order in targets])
        except ConnectorError as error:
            errors.update({effect.effect_key: error for effect, _ in targets})
            return
        done = (command.state, *command.impossible_from)
        rest = [target for target in targets if states.get(target[1], "") not in ("", *done)]
        if len(rest) == len(targets) == 1:
            errors[targets[0][0].effect_key] = refused
            return
        if len(rest) < len(targets):
            self._call(command, rest, errors)
            return
        middle = len(rest) // 2
        self._call(command, rest[:middle], errors)
        self._call(command, rest[middle:], errors)

    def _judge(
        self, command: Command, targets: list[Target], errors: dict[str, ConnectorError]
    ) -> dict[str, Outcome]:
        wanted = [order for effect, order in targets if effect.effect_key not in errors]
        try:
            seen = self._reader.read_heads(wanted)
        except ConnectorError as error:
            lost = Ambiguous(
                f"{command.method} was called, its result not read: {error.reason}",
                remedy="its state is read before anything else",
                code="not_read_back",
            )
            errors |= {e.effect_key: lost for e, _ in targets if e.effect_key not in errors}
            seen = {}
        outcomes: dict[str, Outcome] = {}
        for effect, order_id in targets:
            key = effect.effect_key
            if key in errors:
                outcomes[key] = Failed(key, errors[key])
            else:
                outcomes[key] = _judged(command, effect, seen.get(order_id))
        return outcomes


def _judged(command: Command, effect: EffectToSend, order: SeenOrder | None) -> Outcome:
    key = effect.effect_key
    if order is None:
        return Failed(key, missing(named_order(effect.request)))
    name, state = order.order["name"], order.order["state"]
    if state == command.state:
        return Observed(key, to_erp_order(order))
    if state in command.impossible_from:
        return Failed(
            key,
            Rejected(
                f"{name} is in state {state} in Odoo",
                field="state",
                remedy=f"set {name} to quotation in Odoo, or reject the order",
                code="cancelled",
            ),
        )
    return Failed(
        key,
        NotYet(
            f"{name} is still in state {state} after {command.method}: Odoo asks a person first",
            remedy=f"open {name} in Odoo and answer its question",
            code="wizard",
        ),
    )


def _probed(command: Command, effect: EffectToSend, order: SeenOrder | None) -> ProbeResult:
    if order is None:
        named = named_order(effect.request)
        return Conflicting(effect.effect_key, f"{named.name or named.external_id} is not in Odoo")
    state = order.order["state"]
    if state == command.state:
        return Observed(effect.effect_key, to_erp_order(order), adopted=True)
    if state in command.impossible_from:
        return Conflicting(effect.effect_key, f"{order.order['name']} is in state {state} in Odoo")
    return Absent(effect.effect_key)
