"""The one error the embedded PostgreSQL raises."""


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot serve: why, and what a person can do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} Remedy: {remedy}")
        self.reason = reason
        self.remedy = remedy
