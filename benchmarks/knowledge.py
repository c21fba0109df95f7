"""``python -m benchmarks.knowledge``: how well, how fast and how big the knowledge search is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

import click
import numpy as np
import yaml

from benchmarks.knowledge_cases import FEATURES, Case, cases_of
from benchmarks.knowledge_fit import DEMO as DEMO_SHOP
from benchmarks.knowledge_fit import Logit, fit
from benchmarks.knowledge_scale import measure
from benchmarks.knowledge_served import TITLES, served
from benchmarks.knowledge_setups import ALIKE, LEFT_OUT, PLATFORM_SHARES, WAYS, plain_scores
from benchmarks.knowledge_shops import DEMO, DEVELOPMENT, UNSEEN, open_mall, questions_of
from benchmarks.report import conditions, markdown, say, share, write_json
from xiaoer.evaluation.knowledge import Question, read_questions
from xiaoer.knowledge.indexes import Indexes
from xiaoer.knowledge.learning import CHECKOUT, LESSONS
from xiaoer.knowledge.lessons import read_lesson
from xiaoer.knowledge.meaning import Meaning
from xiaoer.knowledge.ranking import default_ranking
from xiaoer.knowledge.synonyms import default_synonyms
from xiaoer.knowledge.teaching import learn

NOW = datetime(2026, 11, 22, 10, tzinfo=timezone.utc)
FOLDS = 6
NONE_WRONGLY = 0.05
"""Share of the development questions without an entry that may be answered where a threshold is chosen."""
DEMOS = (DEMO_SHOP, "demo")
"""Files of questions to the demo shops."""
PARTS = ("shops", "demo", "unseen shops", "unseen demo")
FIGURES = ("hit@1", "hit@3", "MRR", "right / none")

Scorer = Callable[[Case], np.ndarray]
Found = list[tuple[int | None, bool, float]]
"""For each question the place of the right entry from 1, whether there is one, and the best one's score."""

JSON = click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures there.")


@click.group()
def knowledge() -> None:
    """Measure the knowledge search."""


@knowledge.command()
@JSON
def setups(*, json_file: Path | None) -> None:
    """Compare ways to search: on the development questions, and on questions that nothing was chosen by."""
    seen = _development()
    unseen = _cases(UNSEEN, questions_of(UNSEEN))
    found = {way: _plain(way, seen, unseen) for way in [*WAYS, ALIKE]}
    found |= {way: _fitted(left_out, seen, unseen) for way, left_out in LEFT_OUT.items()}
    today = default_ranking()
    shipped = Logit(tuple(range(len(FEATURES))), np.array([today.weights[name] for name in FEATURES]), today.none)
    found["ranking.yml"] = tuple(_placed(cases, shipped.chances) for cases in (seen, unseen))
    rows = [_row(way, both, (seen, unseen)) for way, both in found.items()]
    titles = ["set-up", *(f"{part}: {figure}" for part in PARTS for figure in FIGURES)]
    half = 1 + len(titles) // 2
    development = markdown(titles[:half], [row[:half] for row in rows])
    others = markdown(["set-up", *titles[half:]], [[row[0], *row[half:]] for row in rows])
    click.echo(f"{development}\n\n{others}\n\n{conditions()}")
    write_json({"titles": titles, "rows": rows}, json_file)


@knowledge.command("fit")
def fit_command() -> None:
    """Find the weights of ranking.yml and print them beside today's."""
    cases = _development()
    found = fit(cases)
    today = default_ranking()
    weights = {name: round(float(weight), 2) for name, weight in zip(FEATURES, found.weights, strict=True)}
    click.echo(yaml.safe_dump({"weights": weights, "none": round(found.none, 2)}, sort_keys=False))
    rows = [[name, weights[name], today.weights[name]] for name in FEATURES] + [
        ["none", round(found.none, 2), today.none]
    ]
    click.echo(markdown(["weight", "found", "today"], rows) + "\n\n" + conditions())


@knowledge.command()
@click.option("--merchants", default=200, show_default=True)
@click.option("--entries", default=2000, show_default=True, help="Of each merchant, and of the platform.")
@click.option("--searches", default=1000, show_default=True)
@JSON
def scale(*, merchants: int, entries: int, searches: int, json_file: Path | None) -> None:
    """Measure time and memory with many merchants' indexes in one process."""
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(f"sqlite:///{folder}/scale.db", merchants=merchants, entries=entries, searches=searches, now=NOW)
    click.echo(markdown(["figure", "value"], rows) + "\n\n" + conditions())
    write_json(dict(rows), json_file)


@knowledge.command("served")
@click.option("--rows", multiple=True, type=click.IntRange(min=1), default=(1, 300, 2000, 20_000), show_default=True)
@click.option("--database", metavar="URL", help="An empty database; a new SQLite file if left out.")
@JSON
def served_command(*, rows: Sequence[int], database: str | None, json_file: Path | None) -> None:
    """Measure how soon four desks serve what one of them has imported."""
    with tempfile.TemporaryDirectory() as folder:
        found = served(Path(folder), database or f"sqlite:///{folder}/mall.db", rows)
    click.echo(markdown(TITLES, found) + "\n\n" + conditions())
    write_json({"titles": list(TITLES), "rows": [list(each) for each in found]}, json_file)


def _cases(folder: Path, files: dict[str, list[Question]], meaning: Meaning | None = None) -> list[Case]:
    with tempfile.TemporaryDirectory() as temporary:
        engine = open_mall(f"sqlite:///{temporary}/mall.db", folder, now=NOW)
        indexes = Indexes(engine, meaning=meaning)
        found = []
        for shop, questions in files.items():
            say(f"{shop}: {len(questions)} questions")
            found += cases_of(engine, shop, questions, now=NOW, indexes=indexes)
        engine.dispose()
        return found


def _development() -> list[Case]:
    """Return the development questions, which have not taught what they are compared by."""
    lessons = [read_lesson(path) for path in sorted(CHECKOUT.glob(LESSONS))]
    say(f"learning from {len(lessons)} lessons")
    meaning = learn(lessons, default_synonyms())
    return _cases(DEVELOPMENT, {**questions_of(DEVELOPMENT), DEMO_SHOP: read_questions(DEMO)}, meaning)


def _plain(way: str, *parts: Sequence[Case]) -> tuple[Found, ...]:
    """Return what a way finds that nothing is fitted for; what the platform's entries count suits the first part."""
    say(way)
    scores = {id(case): plain_scores(way, case) for cases in parts for case in cases}

    def discounted(foreign: float) -> Scorer:
        return lambda case: scores[id(case)] * np.where(case.own, 1.0, foreign)

    tried = {foreign: _placed(parts[0], discounted(foreign)) for foreign in PLATFORM_SHARES}
    best = max(tried, key=lambda foreign: sum(place == 1 for place, _, _ in tried[foreign]))
    return tried[best], *(_placed(cases, discounted(best)) for cases in parts[1:])


def _fitted(left_out: Sequence[str], seen: Sequence[Case], unseen: Sequence[Case]) -> tuple[Found, ...]:
    """Return what a fitted ranking finds: each development shop by the fit to others, the unseen by the fit to all."""
    say(f"logit without {', '.join(left_out) or 'nothing'}")
    shops = sorted({case.shop for case in seen})
    fits = [fit([case for case in seen if shops.index(case.shop) % FOLDS != fold], left_out) for fold in range(FOLDS)]
    crossed = _placed(seen, lambda case: fits[shops.index(case.shop) % FOLDS].chances(case))
    return crossed, _placed(unseen, fit(seen, left_out).chances)


def _placed(cases: Sequence[Case], scorer: Scorer) -> Found:
    found: Found = []
    for case in cases:
        scores = scorer(case)
        order = np.argsort(-scores, kind="stable")
        place = None if case.right is None else int(np.flatnonzero(order == case.right)[0]) + 1
        found.append((place, case.right is not None, float(scores[order[0]])))
    return found


def _row(way: str, found: Sequence[Found], parts: Sequence[Sequence[Case]]) -> list[str]:
    """Return the cells of a set-up; its threshold is the least that answers few development questions wrongly."""
    threshold = float(np.quantile([score for _, has, score in found[0] if not has], 1 - NONE_WRONGLY))
    cells = [way]
    for each, cases in zip(found, parts, strict=True):
        for of_the_demo in (False, True):
            shops = zip(each, cases, strict=True)
            cells += _figures([one for one, case in shops if (case.shop in DEMOS) is of_the_demo], threshold)
    return cells


def _figures(found: Found, threshold: float) -> list[str]:
    places = [place for place, has, _ in found if has and place is not None]
    right = np.mean([place == 1 and score > threshold for place, has, score in found if has])
    wrongly = np.mean([score > threshold for _, has, score in found if not has])
    shares = [np.mean([place <= limit for place in places]) for limit in (1, 3)]
    mrr = np.mean([1 / place for place in places])
    return [*(share(float(value)) for value in (*shares, mrr)), f"{right:.3f} / {wrongly:.3f}"]


if __name__ == "__main__":
    knowledge()
