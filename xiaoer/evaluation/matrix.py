"""Draws a confusion matrix as one HTML page that needs nothing else."""

from __future__ import annotations

from collections import Counter
from html import escape

_STYLE = """
body{font:13px/1.4 system-ui,sans-serif;margin:24px;color:#222}
table{border-collapse:collapse}
td{width:22px;height:22px;text-align:center;border:1px solid #eee}
th{font-weight:500;text-align:right;padding:0 8px;white-space:nowrap}
thead th{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;padding:8px 0;height:190px}
td.right{outline:1px solid #888;outline-offset:-1px}
"""


def html(pairs: Counter[tuple[str, str]], title: str) -> str:
    """Return a page with a row per right class and a column per class that was said.

    A cell's colour is its share of the row: green where the two are the same, red elsewhere.

    Args:
        pairs: How often each pair (right class, said class) occurs.
        title: What was measured.
    """
    rows = sorted({right for right, _ in pairs})
    columns = sorted({*rows, *(said for _, said in pairs)})
    head = "".join(f"<th scope=col>{escape(each or '(nothing)')}</th>" for each in columns)
    body = "".join(_row(pairs, right, columns) for right in rows)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1><p>Rows: the right class. Columns: what was said.</p>"
        f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table></html>\n"
    )


def _row(pairs: Counter[tuple[str, str]], right: str, columns: list[str]) -> str:
    total = sum(pairs[right, said] for said in columns)
    cells = []
    for said in columns:
        count = pairs[right, said]
        hue = 130 if said == right else 8
        colour = f"background:hsl({hue} 70% {97 - 55 * count / total:.0f}%)" if count else ""
        name = f"{right} → {said or '(nothing)'}: {count} of {total}"
        mark = ' class="right"' if said == right else ""
        cells.append(f'<td{mark} style="{colour}" title="{escape(name)}">{count or ""}</td>')
    return f"<tr><th scope=row>{escape(right)} ({total})</th>{''.join(cells)}</tr>"
