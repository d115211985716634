"""`techinsure serve`, as a process: it answers, its curl works, and a taken port is explained."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest

BUFFERED = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"} | {"CI": "true"}
"""As on most machines: what a process prints into a pipe waits, unless it is flushed."""

COMMAND = [sys.executable, "-c", "from techinsure_api.cli import main; main()", "serve"]


@pytest.fixture
def service():
    """The running service and what it said of itself."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=BUFFERED,
    )  # fmt: skip
    assert process.stdout
    lines = []
    while not lines or lines[-1] != "}\n":
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    yield process, json.loads("".join(lines))
    process.kill()
    process.wait(timeout=10)


@pytest.mark.skipif(not shutil.which("curl"), reason="the machine has no curl")
def test_the_curl_that_it_prints_prices_and_it_stops_when_told(service):
    process, said = service
    assert said["docs"] == f"{said['url']}/docs"
    retried = said["curl"].replace("curl -s", "curl -s --retry 20 --retry-connrefused", 1)
    answer = subprocess.run(
        ["bash", "-c", retried], capture_output=True, text=True, timeout=120, check=True
    )
    assert json.loads(answer.stdout)["premium"]["charged"]["value"] > 0
    process.send_signal(signal.SIGTERM)
    rest, log = process.communicate(timeout=30)
    assert rest == ""
    assert "POST /v1/price" in log


def test_a_port_that_is_taken_is_explained(terminal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = terminal("serve", "--port", port)
    assert said.code == 3
    assert "must be free" in said.err
    assert f"techinsure serve --port {port + 1}" in said.err


def test_a_port_that_cannot_be_is_wrong_usage(terminal):
    assert terminal("serve", "--port", 70_000).code == 2
