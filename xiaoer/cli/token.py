"""``xiaoer token``: signed tokens for visitors and for the people who serve them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import click
from sqlalchemy.engine import Engine

from xiaoer.accounts.directory import get_agent, get_customer, get_tenant
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tokens import LIFETIME, issue_token
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json
from xiaoer.cli.people import Name
from xiaoer.commerce.routing import RoutedCommerce
from xiaoer.database import open_engine, reading
from xiaoer.settings import Settings

SYSTEM = "system"
"""Subject of the tokens of systems."""

HOURS = LIFETIME.total_seconds() / 3600


@click.group()
def token() -> None:
    """Issue tokens for visitors and agents."""


@token.command("issue")
@click.option(
    "--customer",
    type=Name(64),
    metavar="ID",
    help="Customer id; with --role merchant, the id of somebody of its staff.",
)
@click.option("--merchant", metavar="ID", help="Merchant whom the visitor writes to, or platform.")
@click.option(
    "--role",
    type=click.Choice([Role.CONSUMER.value, Role.MERCHANT.value, Role.SYSTEM.value]),
    help="What the bearer is; consumer when left out. A system is a program of the merchant's own.",
)
@click.option("--agent", metavar="ID", help="Agent id, instead of --customer and --merchant.")
@click.option(
    "--channel", type=Name(32), default="web", show_default=True, metavar="NAME", help="Where the visitor writes from."
)
@click.option(
    "--hours",
    type=click.FloatRange(0, 24 * 366, min_open=True),
    default=HOURS,
    show_default=True,
    help="How long the token is good.",
)
@click.option("--product", metavar="ID", help="Product that the visitor looks at.")
@click.option("--order", metavar="NO", help="Order that the visitor looks at.")
@json_option
def issue(
    *,
    customer: str | None,
    merchant: str | None,
    role: str | None,
    agent: str | None,
    channel: str,
    hours: float,
    product: str | None,
    order: str | None,
    as_json: bool,
) -> None:
    """Print a token: for a visitor with --customer and --merchant, for an agent with --agent.

    With --merchant and --role system it is for a program of the merchant's own, such as its order management.
    """
    settings = Settings()
    engine = open_engine(settings.database)
    if agent is not None:
        if customer or merchant or role or product or order:
            raise click.UsageError("--agent stands alone: the agent's merchant and role are known")
        identity = _agent(engine, agent, channel)
    elif role == Role.SYSTEM.value:
        if customer or merchant is None or product or order:
            raise click.UsageError("--role system takes --merchant alone: it asks for every customer of the merchant")
        identity = _system(engine, merchant, channel)
    elif customer is None or merchant is None:
        raise click.UsageError("name a visitor with --customer and --merchant, or an agent with --agent")
    else:
        identity = _visitor(
            engine,
            Identity(customer, merchant, Role(role or Role.CONSUMER.value), channel, 0, product, order),
        )
    moment, lifetime = present(settings), timedelta(hours=hours)
    with reading(engine) as session:
        signed = issue_token(session, identity, now=moment, lifetime=lifetime)
    if as_json:
        expires_at = (moment + lifetime).replace(microsecond=0)
        said = {"sub": identity.subject, "tenant": identity.tenant, "role": identity.role.value}
        print_json({"token": signed, **said, "channel": identity.channel, "expires_at": expires_at})
    else:
        click.echo(signed)


def _agent(engine: Engine, agent: str, channel: str) -> Identity:
    with reading(engine) as session:
        found = get_agent(session, agent)
    return Identity(found.id, found.tenant, found.role, channel)


def _system(engine: Engine, merchant: str, channel: str) -> Identity:
    with reading(engine) as session:
        return Identity(SYSTEM, get_tenant(session, merchant).id, Role.SYSTEM, channel)


def _visitor(engine: Engine, wanted: Identity) -> Identity:
    """Return the identity with the customer's VIP level, if all that it names exists."""
    with reading(engine) as session:
        get_tenant(session, wanted.tenant)
        # A shop's own people are known to the shop alone.
        vip_level = get_customer(session, wanted.subject).vip_level if wanted.role is Role.CONSUMER else 0
    mall = RoutedCommerce(engine)
    if wanted.product_id is not None:
        mall.get_product(wanted.tenant, wanted.product_id)
    if wanted.order_no is not None and wanted.role is Role.CONSUMER:
        mall.get_order(wanted.tenant, wanted.subject, wanted.order_no)
    return replace(wanted, vip_level=vip_level)
