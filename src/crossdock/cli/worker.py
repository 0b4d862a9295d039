"""`crossdock worker`"""

import signal
from datetime import timedelta
from types import FrameType
from typing import Annotated

import typer

from crossdock.bootstrap import database_url, open_deployment
from crossdock.cli.options import PublicUrl
from crossdock.engine.migrations.standing import require_ready
from crossdock.engine.registry import Registry
from crossdock.engine.stages import Stage, WorkerOptions
from crossdock.engine.worker import Worker, dedicate_process, new_worker_id
from crossdock.ops.daily_close import DailyClose
from crossdock.ops.logs import LogFormat, configure_logs, log_left_out
from crossdock.ops.loss.vital_signs import CLOSE_AFTER, CLOSE_AFTER_AT_MOST

LOOK_SECONDS = 0.25
THREADS_BESIDE_DELIVERY = 8


def worker(
    stages: Annotated[
        str, typer.Option(help="Which stages this worker runs, with commas: apply, deliver, sweep.")
    ] = "apply,deliver,sweep",
    name: Annotated[
        str, typer.Option(help="Put before the worker's id in `status`, logs and attempts.")
    ] = "",
    public_url: PublicUrl = "",
    close_after: Annotated[
        int,
        typer.Option(
            min=0,
            max=int(CLOSE_AFTER_AT_MOST.total_seconds()) // 60,
            envvar="CROSSDOCK_CLOSE_AFTER",
            help="Minutes after a day's end at which it is closed by itself.",
        ),
    ] = int(CLOSE_AFTER.total_seconds()) // 60,
    logs: Annotated[
        LogFormat, typer.Option(help="Shape of the log on standard error.")
    ] = LogFormat.JSON,
) -> None:
    """Run one worker until SIGTERM or SIGINT; it finishes the step in hand and leaves.

    Run any number of them on any number of hosts: they share one database and never do the same
    thing twice. A second signal ends it at once; what it had in hand is taken over by another
    worker when its lease has ended.

    Examples:

      crossdock worker

      crossdock worker --stages apply --name host7
    """
    wanted = _stages(stages)
    url = database_url()
    require_ready(url)
    size = THREADS_BESIDE_DELIVERY + 16
    with open_deployment(url, size=size, name="crossdock worker", lasting=True) as deployment:
        configure_logs(logs, _secrets(deployment.registry))
        log_left_out(deployment.registry)
        worker_id = f"{name}:{new_worker_id()}" if name else new_worker_id()
        made = Worker(
            deployment.store,
            deployment.registry,
            deployment.clock,
            WorkerOptions(stages=wanted, public_url=public_url),
            worker_id,
        )
        if Stage.SWEEP in wanted:
            made.registry.chores.append(DailyClose(timedelta(minutes=close_after)))
        dedicate_process()
        run_until_signalled(made)


def run_until_signalled(made: Worker) -> None:
    """Start the worker, wait for a signal, let every thread finish its present step."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    made.start()
    while not asked and not made.stop.wait(LOOK_SECONDS):
        pass
    made.join()


def _stages(text: str) -> tuple[Stage, ...]:
    try:
        return tuple(dict.fromkeys(Stage(part.strip()) for part in text.split(",") if part.strip()))
    except ValueError as error:
        raise typer.BadParameter(f"{error}; the stages are {', '.join(Stage)}") from error


def _secrets(registry: Registry) -> list[str]:
    return [
        value
        for attached in registry.attached.values()
        for values in attached.connection.secrets.values()
        for value in values
    ]
