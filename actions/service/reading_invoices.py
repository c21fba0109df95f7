"""Reading what an invoice should say."""

from __future__ import annotations

import re

from stdnum.cn import uscc

from actions.service.plan import Context
from actions.service.said import LEAD, Said, Value, Wrong
from actions.service.words import says

LONGEST_TITLE = 60
LEAST_COMPANY = 3
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TAX = re.compile(r"(?<![0-9A-Z])(?=[0-9A-Z]*\d)[0-9A-Z]{15,20}(?![0-9A-Z])")
_COMPANY = re.compile(
    r"[\u4e00-\u9fff（）()A-Za-z0-9·&]{2,40}(?:公司|集团|事务所|学校|大学|中学|小学|幼儿园|医院|厂|商行|经营部|工作室|合作社|银行|研究院|研究所|协会|基金会|中心)"
)
_TITLE = re.compile(
    r"抬头(?:写|开|就?是|为|填|用)?[::,,\s]*(?!写|错|不对|有误|要|改|换|和|与|怎|什么|可以|能|想|吗|税号)(?P<title>[^,，。;；\s]{2,60})"
)
_PERSONAL_TITLE = re.compile(r"个人的?(?:抬头|发票)?[,，\s]+(?P<title>[\u4e00-\u9fff·]{2,8})(?=[,，\s]|$)")
_TITLE_LEAD = re.compile(
    r"^(?:还是|不如|就|那|请|帮我|我们?|你们?|要|想|开(?!元)|给|换成?|改成?|是|用|写|以|的|电子|增值税|专用?|普通?|发票|抬头|票|这个|个|张)+"
)
_RENAMED = re.compile(r"(?:改成|改为|换成|应该是|应为|写成)[::,,\s]*(?P<title>[^,，。;；\s]{2,60})")


def read_invoice_kind(said: Said, context: Context, asked: bool) -> Value:
    """Return ``personal`` or ``company``."""
    if says("company", said.text) or any(uscc.is_valid(number) for number in _tax_numbers(said, context)):
        return "company"
    return "personal" if says("personal", said.text) else None


def read_invoice_title(said: Said, context: Context, asked: bool) -> Value:
    """Return the name on an invoice."""
    named = _renamed(said.text, context) or _TITLE.search(said.text)
    company = _company_in(named["title"] if named else said.text)
    if company:
        return company
    if named and not says("company", named["title"]) and not says("personal", named["title"]):
        return named["title"]
    personal = _PERSONAL_TITLE.search(said.text)
    if personal:
        return personal["title"]
    people = said.values("person")
    if people and (asked or says("personal", said.text)):
        return people[-1]
    bare = LEAD.sub("", said.text).strip(" ,，。")
    if not asked or not 1 < len(bare) <= LONGEST_TITLE or _EMAIL.search(bare) or _TAX.search(_latin(bare)):
        return None
    return None if bare in ("公司", "个人", "企业", "单位") else bare


def names_company(title: str) -> bool:
    """Return whether the title of an invoice is a company's name."""
    return _COMPANY.search(title) is not None


def _company_in(text: str) -> str | None:
    """Return the company's name in a text; a mere 开公司的 has none."""
    names = (_TITLE_LEAD.sub("", found) for found in _COMPANY.findall(LEAD.sub("", text)))
    return next((name for name in names if len(name) > LEAST_COMPANY), None)


def _renamed(text: str, context: Context) -> re.Match[str] | None:
    """Return where a text says what the title is to be instead: 抬头写错了，改成李明."""
    found = _RENAMED.search(text)
    if found is None or not ("抬头" in text or context.get("invoice_title")):
        return None
    return None if _EMAIL.search(found["title"]) or _TAX.search(_latin(found["title"])) else found


def _latin(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _tax_numbers(said: Said, context: Context) -> list[str]:
    """Return what has the form of a tax number: not an order's, of which one in 31 even has the check digit."""
    text = said.text
    found = _TAX.findall(re.sub(r"[\u4e00-\u9fff:,，。]", " ", text.upper())) or _TAX.findall(_latin(text))
    return [number for number in found if number not in (context.draft.order_no, *said.values("order_no"))]


def read_tax_number(said: Said, context: Context, asked: bool) -> Value:
    """Return a company's tax number."""
    found = _tax_numbers(said, context)
    valid = [number for number in found if uscc.is_valid(number)]
    if valid or (found and (asked or "税号" in said.text)):
        return valid[0] if valid else Wrong("service.tax_number_wrong", {"number": found[0]})
    digits = re.sub(r"[^0-9A-Z]", "", said.text.upper())
    return Wrong("service.tax_number_wrong", {"number": digits}) if asked and len(digits) > 5 else None


def read_email(said: Said, context: Context, asked: bool) -> Value:
    """Return an e-mail address."""
    found = _EMAIL.search(said.text)
    if found:
        return found[0]
    return Wrong("service.email_wrong") if asked and "@" in said.text else None
