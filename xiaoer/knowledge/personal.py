"""Taking personal data out of a text before it is kept as knowledge or as a question that nobody could answer."""

from __future__ import annotations

import re
from collections.abc import Callable

HAN = "[\u4e00-\u9fff]"

PLACES = "省|自治区|市|区|县|镇|乡|街道|路|街|巷|弄|大道"
"""What names of places end with."""

MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
"""A mobile number; its groups are the parts that may be shown."""

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付"
    "方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤倪温季施"
)

# What a street, a settlement or a house ends with, and what numbers of a house come before.
STREETS = (
    "路|街道|街|巷|大道|胡同|小区|花园|公寓|大厦|广场|新村|家园|苑|村|镇|乡|社区|学校|大学|学院|中学|小学|医院|"
    "工业园|园区"
)
HOUSE = r"[0-9一二三四五六七八九十零〇百A-Za-z]{1,6}(?:-[0-9A-Za-z]+)*(?:号楼|号院|号|弄|栋|幢|座|单元|楼|层|室|房)"
TAIL = rf"(?:{HAN}{{0,8}}?{HOUSE})*(?:{HAN}{{0,8}}(?:大厦|公寓|广场|中心))?(?:[0-9]{{1,4}}(?:-[0-9]{{1,4}})*)?"
NUMBERED = rf"{HAN}{{1,30}}?(?:{STREETS})(?:[东南西北]?[门区院段]|宿舍)?{HOUSE}{TAIL}"
WHOLE = rf"{HAN}{{2,15}}?市{HAN}{{1,6}}?[区县市旗]{HAN}{{1,12}}?(?:{STREETS})(?:[0-9]{{1,5}})?"
ADDRESS = re.compile(f"{NUMBERED}|{WHOLE}")

# Where the words before an address end: 帮我改到浙江省…
LEAD = re.compile(
    rf"^{HAN}*?(?:收货地址|地址|住在|住|寄到|寄往|送到|发到|发往|改到|改成|改为|换成|在|到|往|是|为)+(?={HAN}{{2}})"
)

Placeholder = str | Callable[["re.Match[str]"], str]


def _after_lead(match: re.Match[str]) -> str:
    lead = LEAD.match(match[0])
    return f"{lead[0] if lead else ''}[地址]"


def _after_label(placeholder: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match[1]}{placeholder}"


# What seldom is the last character of a name but often begins the next word: 我叫王伟想退货.
NEXT_WORDS = "想要的在是买了收电手问订我你他请和刚下地联退换不没有来拍昨今住这那就也可能号"
NAME = rf"(?:欧阳|司马|上官|诸葛|[{SURNAMES}]){HAN}(?:(?![{NEXT_WORDS}]){HAN})?"

RULES: tuple[tuple[re.Pattern[str], Placeholder], ...] = (
    (EMAIL, "[邮箱]"),
    (re.compile(r"((?:微信|QQ|qq|vx|VX|wx)号?[是为：: ]*)[A-Za-z0-9][\w-]{4,}"), _after_label("[账号]")),
    (
        re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"),
        "[身份证号]",
    ),
    (re.compile(r"(?:(?<!\d)(?:\+|00)?86[ -]?)?(?<![\d])1[3-9]\d[ -]?[\d*]{4}[ -]?\d{4}(?!\d)"), "[手机号]"),
    (re.compile(r"(?<![\dA-Za-z])(?:\(0\d{2,3}\)|0\d{2,3})[ -]?[2-9]\d{6,7}(?:-\d{1,6})?(?!\d)"), "[电话]"),
    (
        re.compile(r"(?<![\dA-Za-z])(?:62\d{2}|4\d{3}|5[1-5]\d{2})(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)"),
        "[银行卡号]",
    ),
    (re.compile(r"(卡号(?:是|为)?[：: ]*)\d[\d -]{10,}\d"), _after_label("[银行卡号]")),
    (re.compile(r"(?<!\d)62\d{14,17}(?!\d)"), "[银行卡号]"),
    (re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,5}[ -]?\d{8,}[A-Za-z]{0,2}(?![A-Za-z0-9])"), "[运单号]"),
    (
        re.compile(r"((?:运单|快递|物流)(?:单)?号?(?:码)?[是为：:# ]*)[A-Za-z]{0,5}\d{6,}(?!\d)"),
        _after_label("[运单号]"),
    ),
    (
        re.compile(r"((?:订单|单)(?:编)?号(?:码)?[是为：:# ]*)[A-Za-z]{0,5}\d[\d-]{4,}\d"),
        _after_label("[订单号]"),
    ),
    (re.compile(r"(?<!\d)\d{6}-\d{11,}|\d{11,}"), "[订单号]"),
    (ADDRESS, _after_lead),
    (re.compile(rf"(我(?:的名字)?叫){NAME}"), _after_label("[姓名]")),
    (
        re.compile(
            rf"((?:(?:收件|收货|联系)人(?:姓名|名字)?|姓名)(?:改成|改为|换成|[：:是叫为 ])+)"
            rf"(?:{NAME}|(?<=[：:])[A-Za-z][A-Za-z .·]{{1,30}})"
        ),
        _after_label("[姓名]"),
    ),
)
"""Patterns of personal data, each with what is written instead, in the order in which they are looked for."""

# Full-width digits and letters and the like are looked at as if they were typed half-width.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "：，。！？；（）"} | {
    ord("（"): "(",
    ord("）"): ")",
}


def mask_personal(text: str) -> str:
    """Return a text with placeholders such as ``[手机号]`` where it had personal data; the rest stays as it is.

    Masked are phone numbers, mail addresses, accounts of messengers, ID cards, bank cards, numbers of orders and
    waybills, addresses that lead to a door or a street, and names that are said to be names. No run of eleven or more
    digits is left.

    Args:
        text: What somebody wrote, of any length.
    """
    for pattern, placeholder in RULES:
        text = _replaced(text, pattern, placeholder)
    return text


def _replaced(text: str, pattern: re.Pattern[str], placeholder: Placeholder) -> str:
    pieces, end = [], 0
    for match in pattern.finditer(text.translate(HALF_WIDTH)):
        pieces += [text[end : match.start()], placeholder if isinstance(placeholder, str) else placeholder(match)]
        end = match.end()
    return "".join([*pieces, text[end:]])
