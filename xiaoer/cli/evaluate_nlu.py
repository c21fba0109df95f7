"""``xiaoer evaluate nlu``, ``examples`` and ``sentiment``: how well turns and moods are understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import yaml

from xiaoer.cli.model import ensure_model, model_path
from xiaoer.cli.output import json_option, print_json, print_table
from xiaoer.cli.parsing import parse
from xiaoer.cli.project import project_root
from xiaoer.evaluation import matrix, nlu, sentiment
from xiaoer.evaluation.tables import InvalidTable

MOST_CONFUSIONS = 20

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_matrix: Callable[[Any], Any] = click.option(
    "--matrix", "page", metavar="PAGE.html", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the confusion matrix to this file.",
)  # fmt: skip


@click.command("nlu")
@_file
@click.option("--by", "group", metavar="COLUMN", default="", help="Give the figures of each value of this column too.")
@click.option("--errors", is_flag=True, help="List the turns that were not understood.")
@_matrix
@json_option
def evaluate_nlu(file: Path, group: str, errors: bool, page: Path | None, as_json: bool) -> None:
    """Parse the turns of FILE, tab-separated: text, intent (none: nothing to act on).

    Accuracy is that of the intent which the model holds for the likeliest; acted_right and acted_wrong tell what
    happens with the thresholds of config.yml.
    """
    root = project_root()
    try:
        turns = nlu.read_turns(file, group)
        nlu.check_intents(turns, known_intents(root), file.name)
    except InvalidTable as error:
        raise click.ClickException(str(error)) from error
    parsed = [_parsed(each) for each in _parse(root, [turn.text for turn in turns])]
    _report(turns, parsed, f"Intents of {file.name}", errors=errors, page=page, as_json=as_json)


@click.command("examples")
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True, help="Parts that take turns.")
@click.option("--sample", type=click.IntRange(min=0), default=0, help="Take about so many examples; all if left out.")
@click.option("--errors", is_flag=True, help="List the examples that were not understood.")
@_matrix
@json_option
def evaluate_examples(folds: int, sample: int, errors: bool, page: Path | None, as_json: bool) -> None:
    """Cross-validate the examples of data/nlu: train on all parts but one, parse that one, in turns."""
    command = ["components.cross_validation", str(folds), str(sample)]
    found = parse(project_root(), command, [], f"{folds} folds", one_each=False)
    turns = [nlu.Turn(each["text"], each["intent"]) for each in found]
    rankings = [tuple((name, confidence) for name, confidence in each["ranking"]) for each in found]
    parsed = [nlu.Parsed(ranking[0][0] if ranking else "", ranking) for ranking in rankings]
    _report(turns, parsed, f"Intents of data/nlu, {folds} folds", errors=errors, page=page, as_json=as_json)


@click.command("sentiment")
@_file
@_matrix
@json_option
def evaluate_sentiment(file: Path, page: Path | None, as_json: bool) -> None:
    """Judge the mood of the turns of FILE, tab-separated: text, anger (0 calm, 1 dissatisfied, 2 angry)."""
    root = project_root()
    try:
        moods = sentiment.read_moods(file)
    except InvalidTable as error:
        raise click.ClickException(str(error)) from error
    said = [str(each["sentiment"]) for each in _parse(root, [mood.text for mood in moods])]
    pairs = sentiment.confusions(moods, said)
    if page:
        page.write_text(matrix.html(pairs, f"Moods of {file.name}"), encoding="utf-8")
    result = asdict(sentiment.figures(moods, said))
    if as_json:
        print_json({**result, "confusions": [[*pair, count] for pair, count in pairs.most_common()]})
        return
    rows = [(right, *(pairs[right, label] for label in sentiment.LABELS)) for right in sentiment.LABELS]
    print_table(["mood", *(f"taken for {label}" for label in sentiment.LABELS)], rows)
    click.echo()
    print_table(["figure", "value"], [(name, _shown(value)) for name, value in result.items()])


def _report(
    turns: Sequence[nlu.Turn],
    parsed: Sequence[nlu.Parsed],
    title: str,
    *,
    errors: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """Print the figures, and draw the matrix if ``page`` names a file."""
    pairs = nlu.confusions(turns, parsed)
    if page:
        page.write_text(matrix.html(pairs, title), encoding="utf-8")
    parts = {
        value: nlu.figures(*nlu.part(turns, parsed, value))
        for value in sorted({turn.group for turn in turns if turn.group})
    }
    result = nlu.figures(turns, parsed)
    intents = nlu.by_intent(turns, parsed)
    wrong = Counter({pair: count for pair, count in pairs.items() if pair[0] not in (pair[1], nlu.NONE)})
    if as_json:
        print_json(
            {
                **asdict(result),
                "by": {value: asdict(each) for value, each in parts.items()},
                "intents": [asdict(each) for each in intents],
                "confusions": [[*pair, count] for pair, count in wrong.most_common()],
            }
        )
        return
    rows = [(each.intent, each.n, _shown(each.precision), _shown(each.recall), _shown(each.f1)) for each in intents]
    print_table(["intent", "n", "precision", "recall", "F1"], rows)
    click.echo()
    print_table(["intent", "taken for", "n"], [(*pair, count) for pair, count in wrong.most_common(MOST_CONFUSIONS)])
    click.echo()
    if errors:
        missed = [(turn, each) for turn, each in zip(turns, parsed, strict=True) if _missed(turn, each)]
        print_table(
            ["intent", "likeliest", "text"], [(turn.intent, each.likeliest, turn.text) for turn, each in missed]
        )
        click.echo()
    names = list(asdict(result))
    columns = [asdict(result), *(asdict(each) for each in parts.values())]
    print_table(["figure", "all", *parts], [(name, *(_shown(each[name]) for each in columns)) for name in names])


def known_intents(root: Path) -> list[str]:
    """Return the intents of the domain.

    Args:
        root: The project's folder.
    """
    intents = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))["intents"]
    return [each if isinstance(each, str) else next(iter(each)) for each in intents]


def _parse(root: Path, texts: Sequence[str]) -> list[dict[str, Any]]:
    ensure_model(root)
    return parse(root, ["components.parsing", str(model_path(root))], texts, "parsing")


def _parsed(found: dict[str, Any]) -> nlu.Parsed:
    return nlu.Parsed(str(found["intent"]), tuple((name, confidence) for name, confidence in found["ranking"]))


def _missed(turn: nlu.Turn, parsed: nlu.Parsed) -> bool:
    return parsed.intent not in nlu.TALK if turn.intent == nlu.NONE else parsed.likeliest != turn.intent


def _shown(value: float | int | None) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
