"""Where the project's files are, and what its processes find in their environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import click

from xiaoer.settings import Settings

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "PYTHONWARNINGS": "ignore",
}
"""What keeps Rasa and TensorFlow from talking to their makers and about themselves."""


def project_root() -> Path:
    """Return the folder of the Rasa project: the present one, or the checkout that this command belongs to.

    Raises:
        click.ClickException: If neither is one.
    """
    for folder in (Path.cwd(), Path(__file__).resolve().parents[2]):
        if (folder / "Procfile").is_file() and (folder / "endpoints.yml").is_file():
            return folder
    raise click.ClickException("this is not the project's folder: it has no Procfile and endpoints.yml")


def quiet_environment() -> dict[str, str]:
    """Return this process's environment with Rasa and TensorFlow kept quiet; what is set already stays."""
    return {**QUIET, "PYTHONUNBUFFERED": "1", **os.environ, "RASA_TELEMETRY_ENABLED": "false"}


def address_of(url: str, variable: str, default_port: int) -> tuple[str, int]:
    """Return host and port of the address of one of the project's own servers.

    Raises:
        click.ClickException: If the address can't be one.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise click.ClickException(f"{variable}: {url} has no usable port") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.ClickException(f"{variable}: {url} is no address such as http://127.0.0.1:{default_port}")
    return parts.hostname, port or default_port


def service_environment(settings: Settings, model: Path) -> dict[str, str]:
    """Return the environment that ``Procfile`` and ``endpoints.yml`` are written for.

    Args:
        settings: Where the servers listen and the databases are.
        model: The model that Rasa loads.
    """
    rasa_host, rasa_port = address_of(settings.rasa_url, "XIAOER_RASA_URL", 5005)
    return {
        **quiet_environment(),
        "XIAOER_DATA_DIR": str(settings.data_dir.resolve()),
        "XIAOER_DATABASE_URL": settings.database,
        "XIAOER_TRACKER_URL": settings.tracker,
        "XIAOER_DESK_HOST": settings.desk_host,
        "XIAOER_DESK_PORT": str(settings.desk_port),
        "XIAOER_RASA_URL": settings.rasa_url,
        "XIAOER_RASA_HOST": rasa_host,
        "XIAOER_RASA_PORT": str(rasa_port),
        "XIAOER_ACTIONS_URL": settings.actions_url,
        "XIAOER_MODEL": str(model),
    }
