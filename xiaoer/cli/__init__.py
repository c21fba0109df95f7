"""The command line, ``xiaoer``: one module per command, loaded when it is called."""

from __future__ import annotations

import click

from xiaoer.cli.lazy import LazyGroup

COMMANDS = {
    "agent": ("xiaoer.cli.people:agent", "Add and list the people who serve customers."),
    "db": ("xiaoer.cli.db:db", "Create, upgrade and seed the database."),
    "evaluate": ("xiaoer.cli.evaluate:evaluate", "Measure how well the assistant does its work."),
    "knowledge": (
        "xiaoer.cli.knowledge:knowledge",
        "Search, export and import what the platform and each merchant know.",
    ),
    "merchant": ("xiaoer.cli.people:merchant", "Add and list merchants."),
    "model": ("xiaoer.cli.model:model", "Train the assistant's model and find it."),
    "run": ("xiaoer.cli.run:run", "Start the desk, Rasa and the actions."),
    "shell": ("xiaoer.cli.shell:shell", "Talk to the assistant in this terminal, as a demo customer."),
    "token": ("xiaoer.cli.token:token", "Issue tokens for visitors and agents."),
}
"""Each command with where it is defined and what the overview says of it."""

ATTACHED = {
    "evaluate": {
        "examples": "xiaoer.cli.evaluate_nlu:evaluate_examples",
        "knowledge": "xiaoer.cli.evaluate_knowledge:knowledge",
        "nlu": "xiaoer.cli.evaluate_nlu:evaluate_nlu",
        "sentiment": "xiaoer.cli.evaluate_nlu:evaluate_sentiment",
    }
}
"""Commands of a group that are defined outside of the group's module."""


@click.group(
    cls=LazyGroup, commands_at=COMMANDS, attached=ATTACHED, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="xiaoer", prog_name="xiaoer")
def main() -> None:
    """Xiaoer, the customer-service assistant: database, people, knowledge, model, and running it all."""
