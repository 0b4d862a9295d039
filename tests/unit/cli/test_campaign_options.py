"""What a campaign refuses before it begins, and how it ends when it is interrupted."""

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crossdock.cli.interrupted import Interrupted, interruptible
from crossdock.cli.main import app


def refused(*words: str) -> str:
    outcome = CliRunner().invoke(app, ["sim", *words])
    assert outcome.exit_code == 2, outcome.output
    return " ".join(outcome.output.replace("│", " ").split())


@pytest.mark.parametrize("campaign", ["certify", "losses", "crashes"])
def test_a_page_that_cannot_be_written_is_refused_first(campaign: str, tmp_path: Path) -> None:
    assert "is a folder" in refused(campaign, "--page", str(tmp_path))
    assert "make it first" in refused(campaign, "--page", str(tmp_path / "none" / "page.md"))


@pytest.mark.parametrize(
    "words", [("run", "--seed"), ("certify", "--first-seed"), ("losses", "--seed")]
)
@pytest.mark.parametrize("seed", [2**31, 99999999999999999999999, -1])
def test_a_seed_of_which_no_ids_can_be_made_is_refused(words: tuple[str, str], seed: int) -> None:
    assert f"Invalid value for '{words[1]}'" in refused(*words, str(seed))


def test_a_campaign_of_nothing_is_refused() -> None:
    assert "nothing to play" in refused("losses", "--losses", "0", "--clean-days", "0")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_one_line_after_its_clean_up(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cleaned: list[bool] = []
    before = signal.getsignal(number)

    def campaign() -> None:
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            os.kill(os.getpid(), number)  # impatience breaks no clean-up off
            cleaned.append(True)

    with pytest.raises(Interrupted) as ended, interruptible(lambda: "after 3 of 10 seeds"):
        campaign()
    assert ended.value.exit_code == code
    assert cleaned
    assert capsys.readouterr().err == "interrupted after 3 of 10 seeds\n"
    assert signal.getsignal(number) is before
