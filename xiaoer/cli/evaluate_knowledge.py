"""``xiaoer evaluate knowledge``: how well questions find their entry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from xiaoer.accounts.directory import get_tenant
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json, print_table
from xiaoer.database import open_engine, reading
from xiaoer.evaluation.knowledge import Outcome, ask, figures, read_questions
from xiaoer.evaluation.tables import InvalidTable
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.settings import Settings


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def knowledge(file: Path, as_json: bool) -> None:
    """Search for the questions of FILE, tab-separated: question, merchant, expected (an entry's question, or none)."""
    try:
        questions = read_questions(file)
    except InvalidTable as error:
        raise click.ClickException(str(error)) from error
    settings = Settings()
    engine = open_engine(settings.database)
    with reading(engine) as session:
        for merchant in dict.fromkeys(question.merchant for question in questions):
            get_tenant(session, merchant)
    outcomes = ask(KnowledgeBase(engine, folder=settings.indexes), questions, now=present(settings))
    result = asdict(figures(outcomes))
    if as_json:
        print_json(result)
        return
    wrong = [outcome for outcome in outcomes if not outcome.right]
    if wrong:
        print_table(["question", "merchant", "expected", "found", "score", "answered"], [_row(each) for each in wrong])
        click.echo()
    print_table(["figure", "value"], [(name, "-" if value is None else value) for name, value in result.items()])


def _row(outcome: Outcome) -> tuple[str, str, str, str, str, str]:
    question = outcome.question
    found = outcome.found[0] if outcome.found else "-"
    answered = "yes" if outcome.answered else "no"
    return question.question, question.merchant, question.expected, found, f"{outcome.score:.2f}", answered
