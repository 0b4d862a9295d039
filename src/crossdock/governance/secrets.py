"""Secrets by reference only: the database holds `env:NAME` or `file:/path`, never a value."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path


class SecretMissing(LookupError):
    """A reference leads to nothing."""

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(f"secret {reference}: {reason}")


def resolve_secret(reference: str) -> str:
    """The value behind `env:NAME` or `file:PATH` (its content without a final newline).

    Raises SecretMissing when there is none, or the reference has another form.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest)
        if not value:
            raise SecretMissing(reference, "that environment variable is not set here")
        return value
    if scheme == "file":
        try:
            return Path(rest).read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise SecretMissing(reference, f"that file cannot be read: {error.strerror}") from error
    raise SecretMissing(reference, "a reference is env:NAME or file:PATH; a value is never stored")


def resolve_secrets(references: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """All of a connection's secrets, newest first."""
    return {name: tuple(resolve_secret(r) for r in refs) for name, refs in references.items()}
