"""The command line, read from the program itself."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from typer.main import get_command

from crossdock.cli.errors import EXIT_CODES
from crossdock.cli.main import app
from scripts.lib.reference.help_text import first_sentence, markdown, plain
from scripts.lib.reference.markdown import code, page, table

PROGRAM = "crossdock"


def page_text() -> str:
    """docs/reference/commands.md."""
    found = list(_commands(get_command(app), PROGRAM))
    overview = table(
        ["Command", "Purpose"],
        ([f"[{code(name)}](#{_anchor(name)})", first_sentence(c.help)] for name, c in found),
    )
    exits = table(["Exit code", "Meaning"], ([str(n), words] for n, words in EXIT_CODES.items()))
    return page(
        "Commands",
        "Each command says the same with `--help`. Those with `--json` print the same facts for"
        " programs.",
        overview,
        "## Exit codes",
        exits,
        *(part for name, c in found for part in _section(name, c)),
    )


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command that can be run, by its full name; groups are walked."""
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for child, sub in sorted(children.items()):
        if not sub.hidden:
            yield from _commands(sub, f"{name} {child}")


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _section(name: str, command: Any) -> list[str]:
    shown = [p for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    options = ["[OPTIONS]"] if len(shown) > len(arguments) else []
    usage = " ".join([name, *map(_usage, arguments), *options])
    parts = [f"## {name}", f"`{usage}`", markdown(command.help)]
    if shown:
        rows = ([_spelling(p), plain(getattr(p, "help", "")), _default(p)] for p in shown)
        parts.append(table(["Parameter", "Meaning", "Default"], rows))
    return parts


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).strip("[]")


def _usage(argument: Any) -> str:
    return _name(argument) if argument.required else f"[{_name(argument)}]"


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(_name(parameter))
    spelled = ", ".join(code(o) for o in [*parameter.opts, *parameter.secondary_opts])
    return spelled if parameter.is_flag else f"{spelled} {code(_values(parameter))}"


def _values(option: Any) -> str:
    """What follows the option: its metavar, its choices, or the name of its type."""
    if option.metavar:
        return str(option.metavar)
    annotation = option.type_descriptor.annotation
    kind: type = (get_args(annotation) or (annotation,))[0]
    if issubclass(kind, Enum):
        return "|".join(str(choice.value) for choice in kind)
    return {"str": "TEXT", "int": "NUMBER"}.get(kind.__name__, kind.__name__.upper())


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = getattr(parameter.default, "value", parameter.default)
    return code(value) if isinstance(value, str | int) and value not in ("", False) else ""
