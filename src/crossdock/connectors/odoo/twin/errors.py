"""Odoo's errors as JSON-2 answers them: status and name as recorded (err_*.json)."""

from typing import Any

from crossdock.testing.wire import TwinReply

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html; charset=utf-8"}


class OdooError(Exception):
    """An exception inside Odoo, with the status and name that JSON-2 gives it."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message

    def reply(self) -> TwinReply:
        werkzeug = self.name.startswith("werkzeug")
        body: dict[str, Any] = {
            "name": self.name,
            "message": self.message,
            "arguments": [self.message, self.status] if werkzeug else [self.message],
            "context": {},
            "debug": "Traceback (most recent call last): …",
        }
        headers = {**JSON, "www-authenticate": "Bearer "} if self.status == 401 else JSON
        return TwinReply.of_json(body, self.status, headers)


def werkzeug(status: int, kind: str, message: str) -> OdooError:
    """An error of the HTTP layer."""
    return OdooError(status, f"werkzeug.exceptions.{kind}", message)


def value_error(message: str) -> OdooError:
    """An unknown field, operator, value or date: a permanent 500."""
    return OdooError(500, "builtins.ValueError", message)


def user_error(message: str) -> OdooError:
    """A business rule."""
    return OdooError(422, "odoo.exceptions.UserError", message)


def validation_error(message: str) -> OdooError:
    """A constraint, a unique index, a required field."""
    return OdooError(422, "odoo.exceptions.ValidationError", message)


def access_error(message: str) -> OdooError:
    """A missing right, or a private method."""
    return OdooError(403, "odoo.exceptions.AccessError", message)


def missing_error(model: str, record_id: object) -> OdooError:
    """A record that does not exist."""
    return OdooError(
        404,
        "odoo.exceptions.MissingError",
        f"Record does not exist or has been deleted.\n(Record: {model}({record_id},), User: 2)",
    )
