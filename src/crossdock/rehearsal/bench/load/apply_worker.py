"""One worker that applies and does nothing else, as a process of its own.

    python -m crossdock.rehearsal.bench.load.apply_worker --batch 100

Says `ready`; begins on the first line of its input and ends on the second, then prints the seconds
of processor time it used; and so on until the input ends.
"""

import argparse
import sys
import time

from crossdock.bootstrap import Deployment, open_deployment
from crossdock.engine.stages import Stage, WorkerOptions
from crossdock.engine.worker import Worker, dedicate_process
from crossdock.ops.logs import LogFormat, configure_logs

POLL_SECONDS = 0.1
"""A worker that is told to end listens this long at most."""


def main() -> None:
    """Work between each odd line and the next one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=100)
    options = WorkerOptions(
        stages=(Stage.APPLY,), batch=parser.parse_args().batch, poll_seconds=POLL_SECONDS
    )
    with open_deployment(size=4, name="crossdock bench apply") as deployment:
        configure_logs(LogFormat.JSON)
        dedicate_process()
        print("ready", flush=True)
        while sys.stdin.readline():
            _work(deployment, options)


def _work(deployment: Deployment, options: WorkerOptions) -> None:
    worker = Worker(deployment.store, deployment.registry, deployment.clock, options)
    began = time.process_time()
    worker.start()
    sys.stdin.readline()
    worker.join()
    print(time.process_time() - began, flush=True)


if __name__ == "__main__":
    main()
