"""Field ownership: which system owns which field, merged from what the connectors declare.

A manifest's `ownership` maps a field group (`order`, `sales_order.total`) to the system whose value
is the true one. A group covers everything below it: who owns `order` owns `order.lines`, unless
`order.lines` is declared itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crossdock.ports.manifest import Manifest


class OwnershipConflict(ValueError):
    """Two connectors declare different owners of one field group."""


class NotTheOwner(PermissionError):
    """A system tried to write a field that another one owns."""

    def __init__(self, field: str, owner: str, writer: str) -> None:
        super().__init__(
            f"{writer} may not write {field}: {owner} owns it; change it in {owner}, "
            "or change the owner in the manifest (`crossdock ownership show` lists all)"
        )
        self.field = field
        self.owner = owner
        self.writer = writer


@dataclass(frozen=True, slots=True)
class Ownership:
    """One row of the matrix."""

    field: str
    owner: str
    declared_by: tuple[str, ...]


class OwnershipMatrix:
    """The field groups of a deployment with their owners."""

    def __init__(self, rows: Iterable[Ownership]) -> None:
        self.rows = tuple(sorted(rows, key=lambda row: row.field))
        self._by_field = {row.field: row for row in self.rows}

    def owner_of(self, field: str) -> str | None:
        """By the longest declared group that covers `field`; None when none does."""
        parts = field.split(".")
        for length in range(len(parts), 0, -1):
            if found := self._by_field.get(".".join(parts[:length])):
                return found.owner
        return None

    def require_owner(self, field: str, writer: str) -> None:
        """Raises NotTheOwner when another system than `writer` owns the field."""
        owner = self.owner_of(field)
        if owner is not None and owner != writer:
            raise NotTheOwner(field, owner, writer)


def merge_ownership(manifests: Iterable[Manifest]) -> OwnershipMatrix:
    """The matrix of a deployment. Raises OwnershipConflict naming both declarations."""
    rows: dict[str, Ownership] = {}
    for manifest in sorted({m.system: m for m in manifests}.values(), key=lambda m: m.system):
        for field, owner in manifest.ownership.items():
            known = rows.get(field)
            if known and known.owner != owner:
                raise OwnershipConflict(
                    f"{', '.join(known.declared_by)} says {known.owner} owns {field}, "
                    f"{manifest.system} says {owner}: correct one of the manifests"
                )
            declared = (*known.declared_by, manifest.system) if known else (manifest.system,)
            rows[field] = Ownership(field, owner, declared)
    return OwnershipMatrix(rows.values())
