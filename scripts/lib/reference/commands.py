"""The command line, read from the program itself."""

import inspect
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from crossdock.cli.main import app
from scripts.lib.reference.markdown import code, page, table

PROGRAM = "crossdock"
INTRODUCTION = (
    "Every command says the same with `--help`. Exit code 0: done; 1: it could not be done, and the"
    " message says why and what to do; 2: the command was not understood."
)


def page_text() -> str:
    """docs/reference/commands.md."""
    found = list(_commands(get_command(app), PROGRAM))
    overview = table(
        ["Command", ""], ([f"[{code(name)}](#{_anchor(name)})", _first(c)] for name, c in found)
    )
    return page(
        "Commands", INTRODUCTION, overview, *(part for name, c in found for part in _section(name, c))
    )


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command that can be run, by its full name; groups are walked."""
    children = getattr(command, "commands", None)
    if not children:
        yield name, command
        return
    if getattr(command, "invoke_without_command", False) and command.callback and name != PROGRAM:
        yield name, command
    for child in sorted(children):
        if not children[child].hidden:
            yield from _commands(children[child], f"{name} {child}")


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _help(command: Any) -> str:
    return inspect.cleandoc(command.help or "").replace("\f", "").replace("\b", "")


def _first(command: Any) -> str:
    return _help(command).split("\n\n", 1)[0]


def _section(name: str, command: Any) -> list[str]:
    shown = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    usage = " ".join([name, *(_usage(a) for a in arguments), *(["[OPTIONS]"] if shown != arguments else [])])
    parts = [f"## {name}", _help(command), f"```\n{usage}\n```"]
    if shown:
        rows = ([_spelling(p), _meaning(p), _default(p)] for p in shown)
        parts.append(table(["Parameter", "Meaning", "Default"], rows))
    return [part for part in parts if part]


def _usage(argument: Any) -> str:
    name = argument.make_metavar_name() if hasattr(argument, "make_metavar_name") else _name(argument)
    spelled = f"{name}…" if argument.nargs == -1 else name
    return spelled if argument.required else f"[{spelled}]"


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(_name(parameter))
    spelled = ", ".join(code(o) for o in [*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag:
        return spelled
    choices = getattr(parameter.type, "choices", None)
    shown = "|".join(str(getattr(c, "value", c)) for c in choices) if choices else ""
    return f"{spelled} {code(shown or parameter.metavar or parameter.type.name)}"


def _meaning(parameter: Any) -> str:
    return str(getattr(parameter, "help", "") or "")


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or callable(value) or value in ((), [], "", False):
        return ""
    if type(value).__module__ not in ("builtins", "enum") and not hasattr(value, "value"):
        return ""
    plain = getattr(value, "value", value)
    return code("yes" if plain is True else plain)
