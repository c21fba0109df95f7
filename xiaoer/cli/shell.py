"""``xiaoer shell``: talking to the assistant in a terminal, as a customer of the demo mall."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
from sqlalchemy import select
from sqlalchemy.engine import Engine

from xiaoer.accounts.directory import get_customer
from xiaoer.accounts.model import Role
from xiaoer.cli.model import ensure_learned, model_path
from xiaoer.cli.noise import Noise
from xiaoer.cli.ports import free_port
from xiaoer.cli.project import project_root, service_environment
from xiaoer.cli.run import prepare_database
from xiaoer.commerce.model import OrderState
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import open_engine, reading
from xiaoer.settings import Settings

START_SECONDS = 60


@click.command()
@click.option("--customer", metavar="ID", help="Speak as this customer; one with a parcel on its way when left out.")
def shell(customer: str | None) -> None:
    """Talk to the assistant in this terminal, as a demo customer."""
    root = project_root()
    settings = Settings()
    prepare_database(settings, root, demo=True)
    identity = pick_identity(open_engine(settings.database), customer)
    ensure_learned(root)
    # Own ports, so that it runs beside `xiaoer run`, whose actions know nothing of this terminal's customer.
    actions_port, rasa_port = free_port(), free_port()
    actions_url = f"http://127.0.0.1:{actions_port}/webhook"
    environment = {
        **service_environment(settings, model_path(root)),
        "XIAOER_ACTIONS_URL": actions_url,
        "XIAOER_SHELL_IDENTITY": json.dumps(identity),
    }
    rasa = ["rasa", "shell", "--quiet", "--port", str(rasa_port), "--model", environment["XIAOER_MODEL"]]
    with _started(["actions.server"], root, environment, start_new_session=True) as actions:
        _wait(actions, actions_port)
        click.echo(f"you are customer {identity['subject']} of {identity['tenant']}; /stop ends the conversation")
        with _started([*rasa, "--endpoints", "endpoints.yml"], root, environment) as talk:
            status = talk.wait()
    sys.exit(status)


@contextmanager
def _started(
    module: list[str], root: Path, environment: dict[str, str], *, start_new_session: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Run a module of Python with its arguments while the block lasts, without its noise."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
        [sys.executable, "-m", *module],
        cwd=root,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=start_new_session,
    )
    copying = threading.Thread(target=_copy, args=(process.stderr,), daemon=True)
    copying.start()
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        copying.join()


def _copy(lines: Iterable[str]) -> None:
    noise = Noise()
    for line in lines:
        if not noise.contains(line):
            click.echo(line, nl=False, err=True)


def pick_identity(engine: Engine, customer: str | None) -> dict[str, str | int]:
    """Return the trusted metadata of a customer who has something to talk about.

    Args:
        engine: The database.
        customer: Whom to pick; the customer of the first order on its way when ``None``.

    Raises:
        click.ClickException: If nobody fits.
    """
    wanted = select(OrderRow).order_by(OrderRow.state != OrderState.SHIPPED.value, OrderRow.order_no)
    if customer is not None:
        wanted = wanted.where(OrderRow.customer_id == customer)
    with reading(engine) as session:
        order = session.scalars(wanted).first()
        if order is None:
            raise click.ClickException(f"no order of {customer or 'anybody'} is in the database")
        return {
            "tenant": order.merchant_id,
            "subject": order.customer_id,
            "role": Role.CONSUMER.value,
            "channel": "shell",
            "vip_level": get_customer(session, order.customer_id).vip_level,
        }


def _wait(actions: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if actions.poll() is not None:
            raise click.ClickException("the actions could not be started; what they said is above")
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=2).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise click.ClickException(f"the actions did not answer within {START_SECONDS} s")
