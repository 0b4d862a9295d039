"""The catalogue equals what the code records: read from the syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import crossdock
from crossdock.governance.catalog import BY_TYPE, EVENTS, UnknownEventType, event_definition

PACKAGE = Path(crossdock.__file__).parent


def recorded() -> Iterator[tuple[str, ast.Call]]:
    """Every `Event(…)` made in the engine and the processes, with where it is made."""
    for folder in ("engine", "processes"):
        for file in sorted((PACKAGE / folder).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Event":
                        call.args = [_named_here(function, a) for a in call.args]
                        yield f"{file.relative_to(PACKAGE)}:{call.lineno}", call


def _named_here(function: ast.FunctionDef, value: ast.expr) -> ast.expr:
    """What a local name stands for: the data of an event may be written above it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(value, ast.Name):
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id == value.id:
                return node.value
    return value


CALLS = list(recorded())


@pytest.mark.parametrize(("where", "call"), CALLS, ids=[w for w, _ in CALLS])
def test_every_recorded_event_is_in_the_catalogue(where: str, call: ast.Call) -> None:
    type_ = ast.literal_eval(call.args[0])
    definition = event_definition(type_)
    data = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
    assert isinstance(data, ast.Dict), f"{where}: write the data of {type_} out"
    keys = {ast.literal_eval(key) for key in data.keys if key is not None}
    assert keys <= {f.name for f in definition.data}, f"{where}: {type_} carries more than it says"
    assert keys >= {f.name for f in definition.data if f.always}, f"{where}: {type_} carries less"


def test_nothing_in_the_catalogue_is_never_recorded() -> None:
    assert {ast.literal_eval(call.args[0]) for _, call in CALLS} == set(BY_TYPE)


def test_types_are_unique_and_their_producers_exist() -> None:
    assert len(BY_TYPE) == len(EVENTS)
    for definition in EVENTS:
        assert (PACKAGE / definition.producer.replace(".", "/")).is_dir()
        assert definition.meaning.endswith(".")


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UnknownEventType, match=r"sales_order\.exploded"):
        event_definition("sales_order.exploded")
