"""Taking knowledge out as CSV and in again, whole or not at all."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.clock import SHANGHAI
from xiaoer.commerce.tables import ProductRow
from xiaoer.knowledge.errors import EntryNotFound, ImportRejected, InvalidEntry, RowError
from xiaoer.knowledge.model import Draft, Entry, Layer
from xiaoer.knowledge.store import add_entry, get_entry, list_entries, update_entry
from xiaoer.knowledge.text import normalise

HEADERS = {
    "id": ("id", "编号"),
    "question": ("question", "问题"),
    "similar_questions": ("similar_questions", "相似问法"),
    "answer": ("answer", "答案"),
    "layer": ("layer", "层级"),
    "product": ("product", "product_id", "商品"),
    "valid_from": ("valid_from", "生效时间"),
    "valid_to": ("valid_to", "失效时间"),
}
"""Columns with the headers that they may have; an export writes the last."""

REQUIRED = ("question", "answer")

LAYERS = {
    "product": Layer.PRODUCT,
    "商品": Layer.PRODUCT,
    "campaign": Layer.CAMPAIGN,
    "活动": Layer.CAMPAIGN,
    "emergency": Layer.EMERGENCY,
    "紧急": Layer.EMERGENCY,
}
"""Layers with the words that a file may use; where it uses none, an entry with a product is of the product layer."""

LAYER_WORDS = {Layer.PRODUCT: "商品", Layer.CAMPAIGN: "活动", Layer.EMERGENCY: "紧急"}

BETWEEN_SIMILAR = "|"
SIMILAR_BREAKS = str.maketrans(dict.fromkeys("|｜;；\n\r", BETWEEN_SIMILAR))

MAX_BYTES = 10_000_000
MAX_ROWS = 20_000
MAX_ERRORS = 50


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        added: New entries.
        updated: Entries that say something else now.
        unchanged: Entries that said so already.
    """

    added: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class _Row:
    number: int
    entry_id: int | None
    draft: Draft


def export_csv(entries: Iterable[Entry]) -> str:
    """Return entries as CSV with Chinese headers; moments are written as they are read in Shanghai."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([names[-1] for names in HEADERS.values()])
    for entry in entries:
        writer.writerow(
            [
                entry.id,
                entry.question,
                BETWEEN_SIMILAR.join(entry.similar_questions),
                entry.answer,
                LAYER_WORDS[entry.layer],
                entry.product_id or entry.product_label,
                _written(entry.valid_from),
                _written(entry.valid_to),
            ]
        )
    return file.getvalue()


def _written(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(SHANGHAI).isoformat(sep=" ").removesuffix("+08:00")


def import_csv(session: Session, scope: str, content: bytes) -> ImportReport:
    """Write the entries of a CSV file into a scope.

    A row with an id changes that entry; one without changes the entry of the same question, layer and product, or
    adds one. Entries that the file does not name stay.

    Args:
        session: A writing session; nothing may be committed when this raises.
        scope: Merchant id, or ``platform``.
        content: The file, in UTF-8 or, as Excel saves it in China, GB 18030.

    Raises:
        ImportRejected: If the file or any of its rows is wrong; the error names every such row.
        ScopeNotFound: If there is no such merchant.
    """
    table = _table(content)
    products = _Products(session, scope)
    errors: list[RowError] = []
    rows: list[_Row] = []
    for number, cells in table:
        try:
            rows.append(_row(number, cells, products))
        except InvalidEntry as error:
            errors.append(RowError(number, _header(error.field), error.reason))
    report = _apply(session, scope, rows, errors)
    if errors:
        raise ImportRejected(sorted(errors, key=lambda error: error.row)[:MAX_ERRORS])
    return report


def _header(field: str) -> str:
    return HEADERS["product" if field.startswith("product") else field][-1]


def _table(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > MAX_BYTES:
        raise ImportRejected([RowError(1, "", f"the file has more than {MAX_BYTES} bytes")])
    lines: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, line in enumerate(csv.reader(io.StringIO(_decoded(content), newline=""), strict=True), start=1):
            if any(cell.strip() for cell in line):
                lines.append((number, line))
    except csv.Error as error:
        raise ImportRejected([RowError(number + 1, "", f"no CSV: {error}")]) from error
    if not lines:
        raise ImportRejected([RowError(1, "", "the file is empty")])
    if len(lines) > MAX_ROWS + 1:
        raise ImportRejected([RowError(1, "", f"the file has more than {MAX_ROWS} rows")])
    columns = _columns(lines[0][1])
    wide = [RowError(number, "", "more cells than headers") for number, line in lines[1:] if len(line) > len(columns)]
    if wide:
        raise ImportRejected(wide)
    return [(number, dict(zip(columns, (cell.strip() for cell in line), strict=False))) for number, line in lines[1:]]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ImportRejected([RowError(1, "", "no text in UTF-8 or GB 18030")])


def _columns(headers: list[str]) -> list[str]:
    meant = {name: column for column, names in HEADERS.items() for name in names}
    columns = []
    for header in headers:
        column = meant.get(header.strip().lower())
        if column is None or column in columns:
            reason = "stands there twice" if column else "is no column"
            raise ImportRejected([RowError(1, header.strip(), f"{reason}; there are {_known_headers()}")])
        columns.append(column)
    missing = [HEADERS[column][-1] for column in REQUIRED if column not in columns]
    if missing:
        raise ImportRejected([RowError(1, "", f"no column {', '.join(missing)}; there are {_known_headers()}")])
    return columns


def _known_headers() -> str:
    return ", ".join(f"{names[-1]} ({names[0]})" for names in HEADERS.values())


class _Products:
    """The products that a file of one scope can name."""

    def __init__(self, session: Session, scope: str) -> None:
        wanted = select(ProductRow.product_id, ProductRow.name, ProductRow.short_name)
        if scope != PLATFORM:
            wanted = wanted.where(ProductRow.merchant_id == scope)
        rows = session.execute(wanted).all()
        self._ids = {row.product_id for row in rows}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            for name in (row.name, row.short_name):
                self._by_name[normalise(name)].add(row.product_id)

    def resolve(self, cell: str) -> tuple[str | None, str]:
        """Return product id and label of what a cell names."""
        if cell in self._ids:
            return cell, ""
        found = self._by_name.get(normalise(cell), set()) if cell else set()
        if len(found) > 1:
            raise InvalidEntry("product", f"{len(found)} products are called {cell}: {', '.join(sorted(found))}")
        return (found.copy().pop(), "") if found else (None, cell)


def _row(number: int, cells: dict[str, str], products: _Products) -> _Row:
    product_id, label = products.resolve(cells.get("product", ""))
    word = cells.get("layer", "").lower()
    if word and word not in LAYERS:
        raise InvalidEntry("layer", f"{word} is none of {', '.join(LAYERS)}")
    default = Layer.PRODUCT if product_id or label else Layer.CAMPAIGN
    entry_id = cells.get("id", "")
    if entry_id and not (entry_id.isascii() and entry_id.isdigit()):
        raise InvalidEntry("id", f"{entry_id} is no number")
    similar = cells.get("similar_questions", "").translate(SIMILAR_BREAKS).split(BETWEEN_SIMILAR)
    draft = Draft(
        question=cells.get("question", ""),
        answer=cells.get("answer", ""),
        layer=LAYERS[word] if word else default,
        similar_questions=tuple(text.strip() for text in similar if text.strip()),
        product_id=product_id,
        product_label=label,
        valid_from=_moment("valid_from", cells.get("valid_from", "")),
        valid_to=_moment("valid_to", cells.get("valid_to", "")),
    )
    return _Row(number, int(entry_id) if entry_id else None, draft)


def _moment(column: str, cell: str) -> datetime | None:
    """Return the moment that a cell names; the day alone means its beginning, or as an end, all of it."""
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(_iso(cell))
    except ValueError:
        raise InvalidEntry(column, f"{cell} is no time such as 2026-11-21 09:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    whole_day = ":" not in cell and moment.time() == time()
    return (moment + timedelta(days=1) if whole_day and column == "valid_to" else moment).astimezone(timezone.utc)


def _iso(cell: str) -> str:
    day, _, rest = cell.replace("T", " ").replace("/", "-").replace("Z", "+00:00").partition(" ")
    parts = "-".join(part.zfill(2) for part in day.split("-"))  # spreadsheets write 2026/1/5 9:00
    clock = rest.strip()
    return f"{parts} {clock.zfill(5) if clock.find(':') == 1 else clock}".strip()


def _apply(session: Session, scope: str, rows: list[_Row], errors: list[RowError]) -> ImportReport:
    """Write the rows, and note what is wrong with them; the caller throws all away where anything is."""
    known: dict[tuple, list[Entry]] = defaultdict(list)
    for each in list_entries(session, scope):
        known[_key(_draft(each))].append(each)
    counts = {"added": 0, "updated": 0, "unchanged": 0}
    seen: dict[int | tuple, int] = {}
    for row in rows:
        try:
            entry = _target(session, scope, row, known)
            mark = entry.id if entry else (*_key(row.draft), row.draft.valid_from, row.draft.valid_to)
            if mark in seen:
                raise InvalidEntry("question", f"says the same as row {seen[mark]}")
            seen[mark] = row.number
            counts[_write(session, scope, entry, row.draft)] += 1
        except InvalidEntry as error:
            errors.append(RowError(row.number, _header(error.field), error.reason))
        except EntryNotFound:
            errors.append(RowError(row.number, _header("id"), f"there is no entry {row.entry_id}"))
        if len(errors) >= MAX_ERRORS:
            break
    return ImportReport(**counts)


def _target(session: Session, scope: str, row: _Row, known: dict[tuple, list[Entry]]) -> Entry | None:
    if row.entry_id is not None:
        return get_entry(session, scope, row.entry_id)
    same = known.get(_key(row.draft), [])
    spans = [
        entry for entry in same if (entry.valid_from, entry.valid_to) == (row.draft.valid_from, row.draft.valid_to)
    ]
    return next(iter(spans or (same if len(same) == 1 else [])), None)


def _write(session: Session, scope: str, entry: Entry | None, draft: Draft) -> str:
    if entry is None:
        add_entry(session, scope, draft)
        return "added"
    if entry.status == "active" and _draft(entry) == replace(draft, similar_questions=_distinct(draft)):
        return "unchanged"
    update_entry(session, scope, entry.id, draft)
    return "updated"


def _distinct(draft: Draft) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(draft.similar_questions) if text != draft.question)


def _key(draft: Draft) -> tuple:
    return normalise(draft.question), draft.layer, draft.product_id, draft.product_label


def _draft(entry: Entry) -> Draft:
    return Draft(
        question=entry.question,
        answer=entry.answer,
        layer=entry.layer,
        similar_questions=entry.similar_questions,
        product_id=entry.product_id,
        product_label=entry.product_label,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
    )
