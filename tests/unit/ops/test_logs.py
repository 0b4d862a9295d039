import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from crossdock.ops.logs import LogFormat, configure_logs, trace_id

SECRET = "shpss_0123456789abcdef"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_about_a_document_carries_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogFormat.JSON)
    structlog.get_logger("x").info("apply.done", work_key="shop:order:1", message_id=7)
    [line] = lines(capsys)
    assert line["event"] == "apply.done"
    assert line["level"] == "info"
    assert line["message_id"] == 7
    assert line["trace_id"] == trace_id("shop:order:1")
    assert len(trace_id("shop:order:1")) == 32
    assert str(line["timestamp"]).endswith("Z")


def test_bound_ids_reach_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogFormat.JSON)
    with structlog.contextvars.bound_contextvars(message_id=7):
        structlog.get_logger("x").info("inside")
        logging.getLogger("library").warning("also %s", "here")
    assert [line["message_id"] for line in lines(capsys)] == [7, 7]


@pytest.mark.parametrize("format_", LogFormat)
def test_no_secret_is_ever_printed(format_: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(format_, [SECRET, "", "abc"])
    log = structlog.get_logger("x")
    log.info(SECRET, where={"deep": [f"x{SECRET}y"]}, error=ValueError(SECRET))
    log.info("named", access_token="other", headers={"Authorization": "Basic xyz"})
    logging.getLogger("library").error("from a library: %s", SECRET)
    try:
        int(SECRET)
    except ValueError:
        log.exception("with a traceback")
    printed = capsys.readouterr().err
    assert printed.count("(hidden)") >= 7
    for forbidden in (SECRET, "other", "xyz"):
        assert forbidden not in printed
    assert "ValueError" in printed


def test_levels_below_the_wanted_one_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogFormat.JSON, level="warning")
    structlog.get_logger("x").info("quiet")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("format_", LogFormat)
def test_no_traceback_shows_local_variables(
    format_: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(format_)
    customer = "Wright Supply"
    try:
        assert customer
        int("nonsense")
    except ValueError:
        structlog.get_logger("x").exception("crashed")
    printed = capsys.readouterr().err
    assert "nonsense" in printed
    assert "Wright Supply" not in printed.replace('customer = "Wright Supply"', "")
