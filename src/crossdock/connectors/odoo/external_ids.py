"""External ids: the records they name, and the names that records have.

Tried on 19.0: `check_object_reference` needs no right on ir.model.data, writes nothing and answers
500 ValueError for an unknown id, in 25 ms. But it answers from a cache of its worker that a failed
`load` poisons: a worker that refused a record under some external id goes on naming the id which
that attempt had, and so calls the record invisible that a later attempt created. Its "not
visible" is therefore asked again by a `load` of the external id alone, which reads the table.
"""

from collections.abc import Iterable

from crossdock.connectors.odoo.client import OdooClient
from crossdock.connectors.odoo.loader import CONTEXT
from crossdock.ports.errors import NotAuthorised, Rejected


def external_ids(client: OdooClient, model: str, ids: Iterable[int]) -> dict[int, str]:
    """External ids of records, by database id; empty text where there is none."""
    wanted = list(ids)
    if not wanted:
        return {}
    found = client.read(model, "get_external_id", ids=wanted)
    return {int(record): name for record, name in found.items()}


def find_external_id(client: OdooClient, model: str, external_id: str) -> int | None:
    """The record with this external id, or None when there is none.

    Raises NotAuthorised when a record of another model has it.
    """
    module, _, name = external_id.partition(".")
    try:
        found = client.read("ir.model.data", "check_object_reference", module=module, xml_id=name)
    except Rejected as error:
        if error.code == "value_error":
            return None
        raise
    found_model, record = found
    if found_model != model:
        raise NotAuthorised(
            f"{external_id} is a {found_model}, not a {model}",
            remedy="delete that external id in Odoo: nobody but Crossdock may use its names",
            code="external_id_taken",
        )
    return int(record) if record else _uncached(client, model, external_id)


def _uncached(client: OdooClient, model: str, external_id: str) -> int | None:
    """A `load` of the name alone: an unknown one is refused, as its required fields are missing."""
    reply = client.read(model, "load", fields=["id"], data=[[external_id]], context=dict(CONTEXT))
    return int(reply["ids"][0]) if reply.get("ids") else None
