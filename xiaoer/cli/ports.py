"""Ports of this machine: whether a server may have one."""

from __future__ import annotations

import errno
import socket

import click


def check_free(host: str, port: int, who: str, variable: str) -> None:
    """Make sure that a server may listen there.

    Args:
        host: Interface.
        port: TCP port.
        who: The server's name, for the message.
        variable: The environment variable that would move it.

    Raises:
        click.ClickException: If it can't.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is in use: another copy may be running"
        else:
            reason = f"{host}:{port} can't be listened on: {error.strerror or error}"
        raise click.ClickException(f"{who}: {reason}. Stop it, or set {variable}.") from error


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
