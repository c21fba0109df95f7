"""``python -m xiaoer.cli``: the command line without its script."""

from xiaoer.cli import main

main()
