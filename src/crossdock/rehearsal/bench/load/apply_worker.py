"""One worker that applies and does nothing else, as a process of its own.

    python -m crossdock.rehearsal.bench.load.apply_worker --batch 100

Says `ready`, begins on the first line of its input, ends on the second, then prints the seconds of
processor time it used.
"""

import argparse
import sys
import time

from crossdock.bootstrap import open_deployment
from crossdock.engine.stages import Stage, WorkerOptions
from crossdock.engine.worker import Worker, dedicate_process


def main() -> None:
    """Work between the two lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=100)
    batch = parser.parse_args().batch
    with open_deployment(size=4, name="crossdock bench apply") as deployment:
        options = WorkerOptions(stages=(Stage.APPLY,), batch=batch)
        worker = Worker(deployment.store, deployment.registry, deployment.clock, options)
        dedicate_process()
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.process_time()
        worker.start()
        sys.stdin.readline()
        worker.join()
        print(time.process_time() - began, flush=True)


if __name__ == "__main__":
    main()
