"""How long a reply asks its client to wait."""

from datetime import timedelta

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=1)


def to_wait(text: str, *, default: timedelta) -> timedelta:
    """The wait of a Retry-After header, from a second to an hour.

    Seconds, whole (RFC 9110, 10.2.3) or as some systems write them (`2.0`), rounded up. A date,
    nonsense and no header at all count as `default`.
    """
    whole, _, fraction = text.strip().partition(".")
    if not (whole and f"{whole}{fraction}".isdecimal() and text.isascii()):
        return default
    if len(whole) > 6:
        return LONGEST
    seconds = timedelta(seconds=int(whole) + bool(fraction.strip("0")))
    return max(SHORTEST, min(seconds, LONGEST))
