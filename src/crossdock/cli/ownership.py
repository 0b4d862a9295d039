"""`crossdock ownership …`"""

from typing import Annotated

import typer

from crossdock.bootstrap import installed_connectors, manifest_of
from crossdock.cli.errors import NoSuchName
from crossdock.cli.options import Json
from crossdock.cli.output import faint, plain, print_json, short, show, table
from crossdock.governance.ownership import merge_ownership

app = typer.Typer(no_args_is_help=True, help="Which system owns which field.")


@app.command("show")
def show_(
    field: Annotated[str, typer.Argument(help="One field, to learn its owner alone.")] = "",
    json: Json = False,
) -> None:
    """The field-ownership matrix, merged from the manifests of the installed connectors.

    Only the owner of a field may write it; what any other system says of it is a copy.

    Examples:

      crossdock ownership show

      crossdock ownership show order.metafield.crossdock.order_response
    """
    matrix = merge_ownership(manifest_of(e.name) for e in installed_connectors())
    if field:
        owner = matrix.owner_of(field)
        if owner is None:
            fields = ", ".join(row.field for row in matrix.rows)
            raise NoSuchName(f"no connector declares an owner of {field!r}; declared are {fields}")
        print_json({"field": field, "owner": owner}) if json else typer.echo(owner)
        return
    if json:
        print_json(matrix.rows)
        return
    made = table("Field", short("Owner"), short("Declared by"))
    for row in matrix.rows:
        made.add_row(plain(row.field), plain(row.owner), faint(", ".join(row.declared_by)))
    show(made)
