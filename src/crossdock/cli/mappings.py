"""`crossdock map …`"""

from typing import Annotated

import typer

from crossdock.cli.options import ConnectionFilter, Json, Why, Yes
from crossdock.cli.output import (
    confirm,
    counted,
    faint,
    nothing,
    plain,
    print_json,
    short,
    show,
    stamp,
    table,
)
from crossdock.cli.session import open_store, word
from crossdock.governance.mappings import MappingKind, list_mappings
from crossdock.ops.act import act
from crossdock.ops.known import require_known
from crossdock.ops.mapping import find_mapping, map_code, unmap_code

app = typer.Typer(
    no_args_is_help=True,
    help="Say what a channel's code means in Odoo; whatever was held for it goes on, in order.",
)

_WHAT = {
    MappingKind.SKU: ("a product code", "the product's internal reference in Odoo", "SHOP-1 A-100"),
    MappingKind.UNIT: ("a unit", "the unit's name in Odoo", "EA Units"),
    MappingKind.CUSTOMER: ("a customer", "the partner's reference in Odoo", "7001 ACME"),
    MappingKind.SHIP_TO: ("a delivery address", "the partner's reference in Odoo", "7001-2 ACME-2"),
    MappingKind.TAX: ("a tax", "the tax's name in Odoo", '6:excl "6% S"'),
}

Connection = Annotated[str, typer.Argument(help="The connection that uses the code.")]
External = Annotated[str, typer.Argument(help="What the connection calls it.")]
Canonical = Annotated[str, typer.Argument(help="What Odoo calls it.")]
Unchecked = Annotated[
    bool, typer.Option("--unchecked", help="Also when Odoo's copy here has no such record yet.")
]


def _add(kind: MappingKind) -> None:
    thing, meaning, example = _WHAT[kind]

    def command(
        connection: Connection,
        external: External,
        canonical: Canonical,
        why: Why = "",
        unchecked: Unchecked = False,
        json: Json = False,
    ) -> None:
        with open_store() as store:
            said, codes = word(store.clock(), why), (external, canonical)
            mapped = act(
                store, lambda tx: map_code(tx, connection, kind, codes, said, unchecked=unchecked)
            )
        if json:
            print_json(mapped)
            return
        instead = f" instead of {mapped.replaced}" if mapped.replaced else ""
        show(
            plain(f"{connection} {kind} {external} → {canonical}{instead}"),
            faint(f"{counted(len(mapped.released), 'hold')} released"),
        )

    command.__doc__ = (
        f"Map {thing}: CANONICAL is {meaning}.\n\n"
        "Everything held for want of it is released in order of arrival.\n\n"
        f"Example:\n\n  crossdock map {kind} shop {example}"
    )
    app.command(kind.value, rich_help_panel="Map")(command)


for _kind in MappingKind:
    _add(_kind)


@app.command("list")
def list_(connection: ConnectionFilter = None, json: Json = False) -> None:
    """List the mappings that people made.

    Example:

      crossdock map list -c shop
    """
    with open_store() as store, store.transaction() as tx:
        require_known(tx, connection=connection)
        found = list_mappings(tx, connection)
    if json:
        print_json(found)
        return
    if not found:
        show(nothing("no mappings: codes are taken as they come"))
        return
    made = table(
        short("Connection"), short("Kind"), "Theirs", "In Odoo", short("By"), short("When (UTC)")
    )
    for m in found:
        made.add_row(
            plain(m.connection), faint(m.kind), plain(m.external_code), plain(m.canonical_code),
            plain(m.created_by), stamp(m.created_at),
        )  # fmt: skip
    show(made)


@app.command()
def remove(
    kind: MappingKind,
    connection: Connection,
    external: External,
    why: Why = "",
    yes: Yes = False,
) -> None:
    """Remove a mapping. Orders taken before keep what they were matched with.

    Example:

      crossdock map remove sku shop SHOP-1
    """
    with open_store() as store:
        with store.transaction() as tx:
            led_to = find_mapping(tx, connection, kind, external)
        if led_to is not None:
            plan = f"{connection} {kind} {external} → {led_to} goes; it is taken as it comes again."
            confirm("Remove the mapping?", [plain(plan)], yes=yes)
        said = word(store.clock(), why)
        led_to = act(store, lambda tx: unmap_code(tx, connection, kind, external, said))
    typer.echo(f"removed: {connection} {kind} {external} led to {led_to}")
