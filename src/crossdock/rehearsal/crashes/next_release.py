"""Tomorrow's release: a copy of this one with one more step of the schema, which its code uses."""

import shutil
from pathlib import Path

import crossdock
from crossdock.engine.migrations.standing import newest_known

STEP = """\
from pathlib import Path

from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
"""
BEFORE = "INSERT INTO worker (worker_id, host, pid, started_at, seen_at, stages)\nVALUES ("
AFTER = (
    "INSERT INTO worker (release, worker_id, host, pid, started_at, seen_at, stages)\n"
    "VALUES (rehearsed_release(), "
)


def make_next_release(folder: Path) -> str:
    """Returns the PYTHONPATH by which it is run. Raises RuntimeError when this one has changed."""
    package = folder / "crossdock"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(crossdock.__file__).parent, package, ignore=ignored)
    before = newest_known()
    number = f"{int(before) + 1:04d}"
    step = package / "engine" / "migrations" / "versions" / f"m{number}_rehearsed.py"
    step.write_text(STEP.format(number=number, before=before), encoding="utf-8")
    shutil.copy(Path(__file__).with_suffix(".sql"), step.with_suffix(".sql"))
    statements = package / "engine" / "sql" / "watchdog.sql"
    text = statements.read_text(encoding="utf-8")
    if BEFORE not in text:
        raise RuntimeError(f"the heartbeat's statement is another one: mend {__name__}")
    statements.write_text(text.replace(BEFORE, AFTER), encoding="utf-8")
    return str(folder)
