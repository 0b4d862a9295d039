"""What can go wrong with the database, by what to do next."""


class StoreUnavailable(Exception):
    """The database cannot be reached or refuses the session. Says why and what to do."""


class StatementFailed(Exception):
    """A statement was refused by the database; the transaction is rolled back."""


class SerializationConflict(StatementFailed):
    """Two transactions met (deadlock, serialization, lock time-out); running it again may work."""
