"""Limits of what comes in, from the settings that enforce them."""

from crossdock.api.hooks.body import DRAINED_TIMES, SMALL_BYTES
from crossdock.api.settings import ApiSettings
from crossdock.api.text import DEPTH_MAX
from crossdock.transports.bounded_reply import REPLY_BYTES_MAX
from scripts.lib.reference.markdown import table


def limits_table() -> str:
    """The block of docs/explanation/what-comes-in-is-hostile.md."""
    s = ApiSettings()
    rows = [
        ["Request line and headers", f"{s.head_bytes_max:,} bytes", "431, closed"],
        ["Number of headers", str(s.headers_max), "431"],
        ["Time for the headers, also of a connection that says nothing",
         f"{s.head_seconds_max:g} s", "408, closed"],
        ["Body of a webhook", f"{s.body_bytes_max:,} bytes",
         f"413; up to {DRAINED_TIMES} times as much is read and thrown away; the sweep fetches it"],
        ["Body of any other request", f"{s.request_bytes_max:,} bytes", "413"],
        ["Time for a body", f"{s.body_seconds_max:g} s", "408, closed"],
        ["What a sender still sends after its answer", f"{s.body_bytes_max:,} bytes", "closed"],
        ["Bodies that are on their way, together",
         f"{s.reading_bytes_max:,} bytes; those up to {SMALL_BYTES:,} always go on",
         "503, to be sent again, closed"],
        ["Webhooks that wait for their commit",
         f"{s.waiting_max:,}, or {s.waiting_bytes_max:,} bytes", "503, to be sent again"],
        ["Wait for a commit", f"{s.commit_seconds_max:g} s", "503, to be sent again"],
        ["Nesting of a JSON value that is kept", str(DEPTH_MAX), "422"],
        ["Reply of an outside system, unpacked", f"{REPLY_BYTES_MAX:,} bytes",
         "the call failed; its outcome is looked up"],
    ]  # fmt: skip
    return table(["What", "Limit", "Past it"], rows)
