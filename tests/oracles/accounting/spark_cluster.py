"""A standalone Spark cluster of one master and two workers on the loopback, each a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

WORKERS = 2
START_SECONDS = 90


@contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """Gives the address of the master when both workers have registered with it."""
    home = Path(pyspark.__file__).parent
    port, page = _free_port(), _free_port()
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:

        def start(name: str, *arguments: str) -> None:
            log = stack.enter_context((folder / f"{name}-{time.monotonic_ns()}.log").open("wb"))
            command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
        for number in range(WORKERS):
            work = folder / f"worker-{number}"
            work.mkdir()
            arguments = ("--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0")
            start("worker.Worker", *arguments, "--work-dir", str(work), address)
        _wait(f"http://127.0.0.1:{page}/json/")
        yield address


def _wait(page: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:
                if answer.read().count(b'"ALIVE"') > WORKERS:
                    return
        except OSError:
            pass
        time.sleep(0.3)
    raise TimeoutError(f"the Spark cluster has not {WORKERS} workers after {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
