"""Reading the decision tables, and finding every mistake in them before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from xiaoer.clock import SHANGHAI, local_day
from xiaoer.commerce.policy.checks import check_rules
from xiaoer.commerce.policy.entries import (
    CompensationFile,
    CompensationRule,
    EligibilityFile,
    EligibilityRule,
    File,
    FreightFile,
    FreightRule,
    GoodsClass,
    GoodsFile,
    LiabilityFile,
    LiabilityRule,
    MerchantFile,
    ReasonEntry,
    ReasonsFile,
    Term,
)
from xiaoer.commerce.policy.errors import PolicyError
from xiaoer.commerce.policy.loosening import loosened

Kind = TypeVar("Kind", bound=File)
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Tables:
    """The decision tables, ready to decide by.

    Attributes:
        version: Day of the newest file, and after a plus that of the merchant's own.
        goods: Classes of goods by name.
        reasons: Reasons by code.
        offered: Codes by what a customer is about to ask for.
        stuck_hours: Hours without news after which a parcel counts as stuck.
        terms: Times by name.
        eligibility: Rules in order; the last fits always.
        liability: Likewise.
        freight: Likewise.
        compensation: Rules in order; there may be none that fits.
    """

    version: str
    goods: Mapping[str, GoodsClass]
    reasons: Mapping[str, ReasonEntry]
    offered: Mapping[str, Sequence[str]]
    stuck_hours: int
    terms: Mapping[str, Term]
    eligibility: Sequence[EligibilityRule]
    liability: Sequence[LiabilityRule]
    freight: Sequence[FreightRule]
    compensation: Sequence[CompensationRule]

    def ends(self, term: str, received_at: datetime) -> datetime:
        """Return the moment from which on a time is over.

        Days are counted from the day after receipt, and the last one ends at 24:00 in Shanghai
        (网络购买商品七日无理由退货暂行办法 第十条).

        Args:
            term: Name of the time.
            received_at: When the goods were received.
        """
        day = local_day(received_at) + timedelta(days=self.terms[term].days + 1)
        return datetime.combine(day, time(), SHANGHAI)


def load_tables(merchant_rules: Path | None = None) -> Tables:
    """Return the platform's tables, or those of a merchant who grants more; each is read once per process.

    Args:
        merchant_rules: File with a merchant's own rules.

    Raises:
        PolicyError: If a file is missing or says something that can't be, or the merchant grants less.
    """
    return _platform() if merchant_rules is None else _of_merchant(merchant_rules)


@lru_cache(maxsize=1)
def _platform() -> Tables:
    return read_tables(FOLDER)


@cache
def _of_merchant(path: Path) -> Tables:
    return loosened(_platform(), read_file(path, MerchantFile), path.name)


def read_tables(folder: Path) -> Tables:
    """Return the tables that a folder holds, without keeping them.

    Raises:
        PolicyError: If a file is missing or says something that can't be.
    """
    goods = read_file(folder / "goods.yml", GoodsFile)
    reasons = read_file(folder / "reasons.yml", ReasonsFile)
    eligibility = read_file(folder / "eligibility.yml", EligibilityFile)
    liability = read_file(folder / "liability.yml", LiabilityFile)
    freight = read_file(folder / "freight.yml", FreightFile)
    compensation = read_file(folder / "compensation.yml", CompensationFile)
    files: list[File] = [goods, reasons, eligibility, liability, freight, compensation]
    newest: date = max(each.version for each in files)
    tables = Tables(
        version=newest.isoformat(),
        goods=goods.classes,
        reasons={each.code: each for each in reasons.reasons},
        offered=reasons.offered,
        stuck_hours=eligibility.stuck_hours,
        terms=eligibility.terms,
        eligibility=eligibility.rules,
        liability=liability.rules,
        freight=freight.rules,
        compensation=compensation.rules,
    )
    if len(tables.reasons) != len(reasons.reasons):
        raise PolicyError("reasons.yml", "a reason code is given twice")
    check_rules(tables)
    return tables


def read_file(path: Path, kind: type[Kind]) -> Kind:
    """Return what a file of the tables says.

    Raises:
        PolicyError: If it is missing or says something that can't be.
    """
    try:
        return kind.parse_obj(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(path.name, error.strerror or str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(path.name, str(error)) from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise PolicyError(path.name, "; ".join(problems)) from error
