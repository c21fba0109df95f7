"""Reading the data files of a mall, and finding every mistake in them before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.campaigns import read_rule
from xiaoer.seeding.benefit_files import CouponEntry, MembershipEntry, PromotionEntry
from xiaoer.seeding.errors import SeedError
from xiaoer.seeding.files import (
    CarrierEntry,
    CustomerEntry,
    Entry,
    KnowledgeEntry,
    ProductEntry,
    Scenario,
    TenantEntry,
)

Kind = TypeVar("Kind", bound=Entry)

# The loader in C reads these files ten times as fast; it is not everywhere.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Mall:
    """Everything that the files say.

    Attributes:
        tenants: Merchants and the platform by id.
        customers: Buyers by id.
        products: Products of each merchant.
        scenarios: Orders by kind.
        carriers: Carriers by code.
        promotions: Campaigns.
        coupons: Coupons with whose wallets they are in.
        memberships: Memberships of the tenants that have one.
        knowledge: Entries of each scope.
    """

    tenants: dict[str, TenantEntry]
    customers: dict[str, CustomerEntry]
    products: dict[str, list[ProductEntry]]
    scenarios: list[Scenario]
    carriers: dict[str, CarrierEntry]
    promotions: list[PromotionEntry]
    coupons: list[CouponEntry]
    memberships: list[MembershipEntry]
    knowledge: dict[str, list[KnowledgeEntry]]


def read_mall(folder: Path) -> Mall:
    """Return what the files in a folder say.

    Args:
        folder: Folder with ``tenants.yml``, ``customers.yml``, ``orders.yml``, ``traces.yml``, ``promotions.yml``,
            ``coupons.yml``, ``memberships.yml``, ``products/<merchant>.yml`` and ``knowledge/<scope>.yml``.

    Raises:
        SeedError: If a file is missing or says something that can't be, with the file and the entry.
    """
    mall = Mall(
        tenants=_by_id(_entries(folder, "tenants.yml", TenantEntry), "tenants.yml"),
        customers=_by_id(_entries(folder, "customers.yml", CustomerEntry), "customers.yml"),
        products=_per_tenant(folder, "products", ProductEntry),
        scenarios=_entries(folder, "orders.yml", Scenario),
        carriers=_by_id(_entries(folder, "traces.yml", CarrierEntry), "traces.yml"),
        promotions=_entries(folder, "promotions.yml", PromotionEntry),
        coupons=_entries(folder, "coupons.yml", CouponEntry),
        memberships=_entries(folder, "memberships.yml", MembershipEntry),
        knowledge=_per_tenant(folder, "knowledge", KnowledgeEntry),
    )
    _check(mall)
    return mall


def _per_tenant(folder: Path, topic: str, kind: type[Kind]) -> dict[str, list[Kind]]:
    names = sorted(path.stem for path in (folder / topic).glob("*.yml"))
    return {name: _entries(folder, f"{topic}/{name}.yml", kind) for name in names}


def _entries(folder: Path, file: str, kind: type[Kind]) -> list[Kind]:
    try:
        data = yaml.load((folder / file).read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
    except OSError as error:
        raise SeedError(file, "", error.strerror or str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SeedError(file, "", str(error)) from error
    if not isinstance(data, list):
        raise SeedError(file, "", "must be a list")
    return [_entry(file, number, item, kind) for number, item in enumerate(data, 1)]


def _entry(file: str, number: int, item: object, kind: type[Kind]) -> Kind:
    place = f"entry {number}"
    if not isinstance(item, dict):
        raise SeedError(file, place, "must be a mapping")
    name = item.get("id") or item.get("name") or item.get("question")
    try:
        return kind.parse_obj(item)
    except ValidationError as error:
        problems = "; ".join(_problem(each["loc"], each["msg"]) for each in error.errors())
        raise SeedError(file, f"{place} ({name})" if name else place, problems) from error


def _problem(place: tuple[Any, ...], message: str) -> str:
    where = ".".join(str(part) for part in place if part != "__root__")
    return f"{where}: {message}" if where else message


def _by_id(entries: Iterable[Any], file: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, entry in enumerate(entries, 1):
        if entry.id in found:
            raise SeedError(file, f"entry {number} ({entry.id})", f"the id {entry.id} was given before")
        found[entry.id] = entry
    return found


def _check(mall: Mall) -> None:
    """Find references to what is not there."""
    products = _owners(mall)
    for topic, scopes in (("products", mall.products), ("knowledge", mall.knowledge)):
        for scope in scopes:
            _known(scope, mall.tenants, f"{topic}/{scope}.yml", "", "tenant")
    for tenant in mall.tenants.values():
        for carrier in tenant.carriers:
            _known(carrier, mall.carriers, "tenants.yml", tenant.id, "carrier")
    _check_benefits(mall, products)
    for number, scenario in enumerate(mall.scenarios, 1):
        _check_scenario(mall, scenario, f"entry {number} ({scenario.name})")
    for scope, entries in mall.knowledge.items():
        own = _sold_by(scope, products)
        for number, entry in enumerate(entries, 1):
            if entry.product is not None:
                _known(entry.product, own, f"knowledge/{scope}.yml", f"entry {number} ({entry.question})", "product")


def _check_benefits(mall: Mall, owners: dict[str, str]) -> None:
    """Find campaigns, coupons and memberships that name what is not there."""
    for file, entries in (
        ("promotions.yml", mall.promotions),
        ("coupons.yml", mall.coupons),
        ("memberships.yml", mall.memberships),
    ):
        _by_id(entries, file)
    for number, promotion in enumerate(mall.promotions, 1):
        place = f"entry {number} ({promotion.id})"
        _known(promotion.scope, mall.tenants, "promotions.yml", place, "tenant")
        rule = read_rule(promotion.rule)
        for product in (*rule.products, *rule.except_products):
            _known(product, _sold_by(promotion.scope, owners), "promotions.yml", place, "product")
    for number, coupon in enumerate(mall.coupons, 1):
        place = f"entry {number} ({coupon.id})"
        _known(coupon.scope, mall.tenants, "coupons.yml", place, "tenant")
        for product in coupon.products:
            _known(product, _sold_by(coupon.scope, owners), "coupons.yml", place, "product")
        for customer in (*coupon.customers, *coupon.used):
            _known(customer, mall.customers, "coupons.yml", place, "customer")
    for number, membership in enumerate(mall.memberships, 1):
        place = f"entry {number} ({membership.id})"
        _known(membership.id, mall.tenants, "memberships.yml", place, "tenant")
        for customer in membership.members:
            _known(customer, mall.customers, "memberships.yml", place, "customer")


def _sold_by(scope: str, owners: dict[str, str]) -> set[str]:
    return {product for product, merchant in owners.items() if scope in (PLATFORM, merchant)}


def _owners(mall: Mall) -> dict[str, str]:
    """Return the merchant of each product, and find ids of products and agents that were given twice."""
    owners: dict[str, str] = {}
    for merchant, listed in mall.products.items():
        for number, product in enumerate(listed, 1):
            if product.id in owners:
                place = f"entry {number} ({product.id})"
                raise SeedError(f"products/{merchant}.yml", place, f"the id {product.id} was given before")
            owners[product.id] = merchant
    agents: set[str] = set()
    for tenant in mall.tenants.values():
        for agent in tenant.agents:
            if agent.id in agents:
                raise SeedError("tenants.yml", tenant.id, f"the id {agent.id} was given before")
            agents.add(agent.id)
    return owners


def _check_scenario(mall: Mall, scenario: Scenario, place: str) -> None:
    _known(scenario.merchant, mall.products, "orders.yml", place, "merchant with products")
    own = {product.id for product in mall.products[scenario.merchant]}
    for product in scenario.products:
        _known(product, own, "orders.yml", place, "product of this merchant")
    for customer in scenario.customers:
        _known(customer, mall.customers, "orders.yml", place, "customer")
    carriers = mall.tenants[scenario.merchant].carriers if scenario.carrier is None else [scenario.carrier]
    for carrier in carriers:
        _known(carrier, mall.carriers, "orders.yml", place, "carrier")
        _known(scenario.signed, mall.carriers[carrier].signed, "orders.yml", place, f"way to sign for {carrier}")
    if not carriers:
        raise SeedError("tenants.yml", scenario.merchant, "has no carriers")


def _known(name: str, names: Iterable[str], file: str, entry: str, what: str) -> None:
    if name not in names:
        raise SeedError(file, entry, f"{name} is no {what}")
