"""What each connector is and needs, from its manifest."""

from collections.abc import Sequence
from importlib.metadata import entry_points

from crossdock.bootstrap import ENTRY_POINTS, manifest_of
from crossdock.ports.effect import Operation
from crossdock.ports.manifest import Manifest, Stream
from crossdock.ports.setting import Setting
from scripts.lib.reference.markdown import code, page, table, words

OWN = "crossdock.connectors."


def page_text() -> str:
    """docs/reference/connections.md."""
    systems = sorted(e.name for e in entry_points(group=ENTRY_POINTS) if e.module.startswith(OWN))
    return page(
        "Connections",
        "Each section is a connector's manifest. What a grade means is in"
        " [Effects and grades](../explanation/effects-and-grades.md); what a stream is for, in"
        " [Projections and their age](../explanation/projections-and-age.md).",
        *(part for system in systems for part in _sections(manifest_of(system))),
    )


def _sections(manifest: Manifest) -> list[str]:
    removed = (
        f", removed by the vendor on {manifest.api_removed_on}" if manifest.api_removed_on else ""
    )
    facts = [
        f"- System: {code(manifest.system)}",
        f"- API version: {manifest.api_version}{removed}",
        f"- What fails on this interface belongs to: {code(manifest.owner)}",
        f"- Calls in flight at once, over all workers: {manifest.concurrency_max}"
        + (" unless the setting `workers` says otherwise" if _has_workers(manifest) else ""),
        f"- Rate budget: {_budget(manifest)}",
    ]
    parts = [f"## {manifest.title}", "\n".join(facts), "### Settings", _settings(manifest.settings)]
    if manifest.inbound:
        rows = ([code(t.kind), t.shape.value, t.description] for t in manifest.inbound)
        parts += ["### Messages it sends us", table(["Kind", "Shape", "What"], rows)]
    if manifest.operations:
        parts += ["### Operations", _operations(manifest.operations)]
    if manifest.streams:
        parts += ["### Streams", _streams(manifest.streams)]
    if manifest.ownership:
        rows = ([code(field), owner] for field, owner in manifest.ownership.items())
        parts += ["### Who owns which field", table(["Field group", "Owner"], rows)]
    if manifest.quality:
        rows = ([code(claim.name), claim.how] for claim in manifest.quality)
        parts += ["### Quality claims", table(["Claim", "How"], rows)]
    return parts


def _has_workers(manifest: Manifest) -> bool:
    return any(setting.name == "workers" for setting in manifest.settings)


def _budget(manifest: Manifest) -> str:
    budget = manifest.rate_budget
    if budget is None:
        return "none"
    return f"{budget.capacity:g} tokens, refilled at {budget.tokens_per_second:g} a second"


def _settings(settings: Sequence[Setting]) -> str:
    return table(
        ["Setting", "Meaning", "Default", "Values"],
        (
            [code(s.name), s.description, _default(s), ", ".join(map(code, s.choices))]
            for s in settings
        ),
    )


def _default(setting: Setting) -> str:
    if setting.secret:
        return "secret, required" if setting.default is None else "secret"
    return "required" if setting.default is None else code(setting.default) or "empty"


def _operations(operations: Sequence[Operation]) -> str:
    return table(
        ["Operation", "Grade", "Most in one call", "Time-out", "Tokens a call", "What"],
        (
            [
                code(o.name),
                o.grade.value,
                str(o.batch_max),
                words(o.timeout),
                f"{o.cost:g}",
                o.description,
            ]
            for o in operations
        ),
    )


def _streams(streams: Sequence[Stream]) -> str:
    return table(
        ["Stream", "What", "Swept every", "Overlap", "Brings", "Greatest age"],
        (
            [
                code(s.name),
                s.description,
                words(s.interval_min)
                if s.interval_min == s.interval_max
                else f"{words(s.interval_min)} to {words(s.interval_max)}",
                words(s.overlap),
                "a projection" if s.projection else "messages",
                words(s.max_age) if s.max_age else "",
            ]
            for s in streams
        ),
    )
