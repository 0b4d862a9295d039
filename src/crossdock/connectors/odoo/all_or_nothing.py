"""Calls that do all records or none: after a refusal the guilty one is found by halving."""

from collections.abc import Callable, Mapping, Sequence

from crossdock.ports.errors import ConnectorError, Rejected


def call_for_each(
    call: Callable[[list[int]], object], ids: Mapping[str, Sequence[int]]
) -> dict[str, ConnectorError]:
    """One call for the ids of all effects; the effects it failed for, by their keys."""
    if not ids:
        return {}
    try:
        call([number for numbers in ids.values() for number in numbers])
    except Rejected as error:
        if len(ids) == 1:
            return dict.fromkeys(ids, error)
    except ConnectorError as error:
        return dict.fromkeys(ids, error)
    else:
        return {}
    keys = list(ids)
    middle = len(keys) // 2
    errors: dict[str, ConnectorError] = {}
    for half in (keys[:middle], keys[middle:]):
        errors |= call_for_each(call, {key: ids[key] for key in half})
    return errors
