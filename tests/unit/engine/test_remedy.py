import pytest

from crossdock.engine.remedy import then_release


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ("", "mend the cause there; then `crossdock holds release ID`"),
        ("name the lots", "name the lots; then `crossdock holds release ID`"),
        ("book it, then release it", "book it, then release it: `crossdock holds release ID`"),
        (
            "compare both; then release as done",
            "compare both; then release as done: `crossdock holds release ID --as done`",
        ),
        ("`crossdock holds release ID --as done`", "`crossdock holds release ID --as done`"),
    ],
)
def test_a_remedy_names_one_command_and_no_other(remedy: str, told: str) -> None:
    assert then_release(remedy) == told
