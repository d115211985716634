"""`techinsure serve`: the HTTP service on this machine."""

import socket
from typing import Annotated, Any

import typer

from techinsure_api.terminal import say, say_json
from techinsure_api.words import tell

EPILOG = """[bold]Examples[/bold]

techinsure serve

techinsure serve --host 0.0.0.0 --port 8080   # reachable from other machines
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as JSON.")] = False,
) -> None:
    """Serve the API: documentation at /docs, stopped with Ctrl+C."""
    listening = bound(host, port)
    port = listening.getsockname()[1]
    import uvicorn

    from techinsure_api.main import app

    address = f"[{host}]" if ":" in host else host
    url = f"http://{address}:{port}"
    curl = (
        f"curl -s {url}/v1/products/rd_loss | "
        "python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[\"example\"]))' | "
        f"curl -s {url}/v1/price -H 'Content-Type: application/json' -d @-"
    )
    if as_json:
        say_json({"url": url, "docs": f"{url}/docs", "curl": curl})
    else:
        say(
            tell("Documentation: {url}", url=f"{url}/docs"),
            tell("A premium, from another terminal:"),
        )
        print(curl, flush=True)
    config = uvicorn.Config(
        app, log_config=quiet_log(), server_header=False, timeout_graceful_shutdown=30
    )
    uvicorn.Server(config).run(sockets=[listening])


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address, or an error that says what to do."""
    from techinsure.errors import Fault, InvalidParameter

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        fix = f"stop what listens there, or: techinsure serve --port {port + 1}"
        fault = Fault("port", port, f"must be free on {host} ({error.strerror})", fix)
        raise InvalidParameter([fault]) from None
    return listening


def quiet_log() -> dict[str, Any]:
    """uvicorn's logging, all of it on standard error: standard output is for answers."""
    from copy import deepcopy

    from uvicorn.config import LOGGING_CONFIG

    config: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    config["handlers"]["access"]["stream"] = "ext://sys.stderr"
    config["loggers"]["techinsure_api"] = {"handlers": ["default"], "level": "INFO"}
    return config
