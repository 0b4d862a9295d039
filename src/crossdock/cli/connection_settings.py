"""Settings as they are given on the command line, and what they change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer
from rich.table import Table
from rich.text import Text

from crossdock.cli.errors import Refused
from crossdock.cli.output import facts, faint, plain, short, table
from crossdock.governance.connections import ConfiguredConnection
from crossdock.ports.manifest import COMMON_SETTINGS, Manifest
from crossdock.ports.setting import Setting

SCHEMES = ("env:", "file:")


@dataclass(frozen=True, slots=True)
class Given:
    """A connection's settings with what was given now on top of what stood there."""

    settings: Mapping[str, str]
    secrets: Mapping[str, Sequence[str]]
    changes: Mapping[str, str]
    """By setting: `before → after`."""

    def change_list(self) -> Table:
        return facts([(name, plain(words)) for name, words in self.changes.items()])


def parse_settings(pairs: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` → a dictionary."""
    return dict(_split("--set", pair) for pair in pairs)


def parse_secrets(pairs: Sequence[str]) -> dict[str, list[str]]:
    """`NAME=env:VARIABLE` → references by name. A value is refused, and not repeated."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, reference = _split("--secret", pair)
        if not reference.startswith(SCHEMES):
            raise Refused(
                f"--secret {name} must say where the secret is, env:VARIABLE or file:PATH; "
                "a value is never stored (and what you typed is now in your shell's history)"
            )
        found.setdefault(name, []).append(reference)
    return found


def merged(
    manifest: Manifest,
    before: ConfiguredConnection | None,
    settings: Mapping[str, str],
    secrets: Mapping[str, list[str]],
) -> Given:
    """What the connection will have, and what of it differs from before."""
    old: dict[str, str] = {}
    if before is not None and before.system == manifest.system:
        old = {**before.settings, **{n: ", ".join(r) for n, r in before.secrets.items()}}
        settings = {**before.settings, **settings}
        secrets = {**{n: list(r) for n, r in before.secrets.items()}, **secrets}
    new = {**settings, **{n: ", ".join(r) for n, r in secrets.items()}}
    changes = {
        name: f"{old.get(name, '(unset)')} → {value}"
        for name, value in new.items()
        if old.get(name) != value
    }
    return Given(settings, secrets, changes)


def described(manifest: Manifest) -> Table:
    """A table of what can be set."""
    made = table(short("Setting"), short("Default"), ("What it is", {"ratio": 1}))
    for setting in (*manifest.settings, *COMMON_SETTINGS):
        made.add_row(plain(setting.name), _default(setting), _meaning(setting))
    return made


def _default(setting: Setting) -> Text:
    if setting.secret:
        return Text("secret", style="yellow")
    return Text("required", style="yellow") if setting.default is None else faint(setting.default)


def _meaning(setting: Setting) -> Text:
    text = plain(setting.description)
    return (
        text.append(f" ({' | '.join(setting.choices)})", style="dim") if setting.choices else text
    )


def _split(option: str, pair: str) -> tuple[str, str]:
    name, sign, value = pair.partition("=")
    if not sign or not name:
        raise typer.BadParameter("it is NAME=VALUE", param_hint=option)
    return name, value
