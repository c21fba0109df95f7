"""``xiaoer merchant`` and ``xiaoer agent``: who sells, and who serves customers."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import click

from xiaoer.accounts.directory import add_agent, add_tenant, get_tenant, list_agents, list_merchants
from xiaoer.accounts.model import MERCHANT_ROLES, PLATFORM_ROLES, Role
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json, print_table
from xiaoer.commerce.back_offices import (
    LONGEST_TIMEOUT,
    TIMEOUT_SECONDS,
    BackOffice,
    Kind,
    connect_back_office,
    use_embedded_mall,
)
from xiaoer.database import open_engine, reading, writing
from xiaoer.settings import Settings

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
AGENT_ROLES = sorted(role.value for role in MERCHANT_ROLES | PLATFORM_ROLES)


def new_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Accept an id that may stand in addresses and file names."""
    if not ID.fullmatch(value):
        raise click.BadParameter("use 1 to 64 letters, digits, '-', '_' or '.', beginning with a letter or digit")
    return value


class Name(click.ParamType):
    """A name that people can read."""

    name = "NAME"

    def __init__(self, longest: int) -> None:
        """Allow at most so many characters."""
        self._longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name without spaces around it."""
        name = str(value).strip()
        if not 0 < len(name) <= self._longest or not name.isprintable():
            self.fail(f"use 1 to {self._longest} printable characters", param, ctx)
        return name


@click.group()
def merchant() -> None:
    """Add and list merchants."""


@merchant.command("add")
@click.argument("merchant_id", metavar="ID", callback=new_id)
@click.option("--name", type=Name(100), metavar="NAME", required=True, help="Name as customers know it.")
@click.option("--category", type=Name(32), metavar="TRADE", help="Trade, for example clothing.")
@click.option("--level", type=click.IntRange(0, 5), default=1, show_default=True, help="Level on the platform.")
@click.option("--anonymous", is_flag=True, help="Let visitors without a token ask its knowledge.")
@json_option
def merchant_add(
    *, merchant_id: str, name: str, category: str | None, level: int, anonymous: bool, as_json: bool
) -> None:
    """Add a merchant, or the platform itself (ID platform)."""
    settings = Settings()
    with writing(open_engine(settings.database)) as session:
        added = add_tenant(
            session,
            merchant_id,
            name=name,
            now=present(settings),
            category=category or "",
            level=level,
            anonymous_allowed=anonymous,
        )
    if as_json:
        print_json(asdict(added))
    else:
        click.echo(f"added merchant {added.id} ({added.name})")


@merchant.command("list")
@json_option
def merchant_list(as_json: bool) -> None:
    """List all merchants."""
    with reading(open_engine(Settings().database)) as session:
        found = list_merchants(session)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    rows = [
        (each.id, each.name, each.category, each.level, "yes" if each.anonymous_allowed else "no") for each in found
    ]
    print_table(("ID", "NAME", "CATEGORY", "LEVEL", "ANONYMOUS"), rows)


@merchant.command("back-office")
@click.argument("merchant_id", metavar="ID")
@click.option("--url", metavar="URL", help="Address of the commerce API of the merchant's own system.")
@click.option("--token", metavar="TOKEN", envvar="XIAOER_BACK_OFFICE_TOKEN", help="What that system asks for.")
@click.option("--sql", "embedded", is_flag=True, help="Let the embedded mall answer for the merchant again.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, LONGEST_TIMEOUT, min_open=True),
    default=TIMEOUT_SECONDS,
    show_default=True,
    help="Seconds that the system may take for an answer.",
)
@json_option
def merchant_back_office(
    *, merchant_id: str, url: str | None, token: str | None, embedded: bool, timeout: float, as_json: bool
) -> None:
    """Say which shop system answers for a merchant; every process takes it up within 5 seconds.

    The token may stand in XIAOER_BACK_OFFICE_TOKEN instead, where other users of the machine do not see it.
    """
    if embedded == (url is not None) or (url is not None and token is None):
        raise click.UsageError("name the merchant's own system with --url and --token, or the embedded mall with --sql")
    with writing(open_engine(Settings().database)) as session:
        if url is None:
            use_embedded_mall(session, merchant_id)
        else:
            connect_back_office(session, BackOffice(merchant_id, url, token or "", timeout))
    kind = Kind.SQL if url is None else Kind.HTTP
    if as_json:
        print_json({"tenant": merchant_id, "kind": kind.value, "base_url": url})
    else:
        click.echo(f"{merchant_id} is answered for by {url or 'the embedded mall'}")


@click.group()
def agent() -> None:
    """Add and list the people who serve customers."""


@agent.command("add")
@click.argument("agent_id", metavar="ID", callback=new_id)
@click.option("--merchant", "tenant", metavar="ID", required=True, help="Merchant id, or platform.")
@click.option("--name", type=Name(64), metavar="NAME", required=True, help="Name as customers see it.")
@click.option("--role", type=click.Choice(AGENT_ROLES), required=True, help="What the person may do.")
@json_option
def agent_add(agent_id: str, tenant: str, name: str, role: str, as_json: bool) -> None:
    """Add a person who serves the customers of a merchant or of the platform."""
    settings = Settings()
    with writing(open_engine(settings.database)) as session:
        added = add_agent(session, agent_id, tenant=tenant, name=name, role=Role(role), now=present(settings))
    if as_json:
        print_json(asdict(added))
    else:
        click.echo(f"added {added.role.value} {added.id} ({added.name}) of {added.tenant}")


@agent.command("list")
@click.option("--merchant", "tenant", metavar="ID", help="Only the people of this merchant, or of the platform.")
@json_option
def agent_list(tenant: str | None, as_json: bool) -> None:
    """List the people who serve customers."""
    with reading(open_engine(Settings().database)) as session:
        if tenant is not None:
            get_tenant(session, tenant)
        found = list_agents(session, tenant)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(
        ("ID", "MERCHANT", "NAME", "ROLE"), [(each.id, each.tenant, each.name, each.role.value) for each in found]
    )
