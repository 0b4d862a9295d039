"""`crossdock schema …`"""

from pathlib import Path
from typing import Annotated

import typer

from crossdock.cli.options import Json
from crossdock.cli.output import faint, plain, print_json, short, show, table
from crossdock.governance.schemas import document_types, export_schemas

app = typer.Typer(no_args_is_help=True, help="JSON Schemas of the canonical documents.")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the canonical documents.

    Example:

      crossdock schema list
    """
    documents = {
        name: (model.__doc__ or "").strip().splitlines()[0]
        for name, model in document_types().items()
    }
    if json:
        print_json(documents)
        return
    made = table(short("Document"), "What it is")
    for name, meaning in documents.items():
        made.add_row(plain(name), faint(meaning))
    show(made)


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(help="Folder for the files; made when missing.")],
    json: Json = False,
) -> None:
    """Write one JSON Schema (draft 2020-12) per canonical document.

    Example:

      crossdock schema export build/schemas
    """
    files = export_schemas(directory)
    if json:
        print_json([str(file) for file in files])
        return
    for file in files:
        typer.echo(file)
