"""Settings: defaults, and where the databases are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from xiaoer.settings import Settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("XIAOER_")]:
        monkeypatch.delenv(name)


def test_everything_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings()

    assert settings.database == f"sqlite:///{tmp_path}/var/xiaoer.db"
    assert settings.tracker == f"sqlite:///{tmp_path}/var/tracker.db"
    assert (settings.desk_host, settings.desk_port) == ("127.0.0.1", 8000)
    assert settings.now is None


@pytest.mark.parametrize(
    ("database", "tracker", "expected"),
    [
        ("", "", "sqlite:////data/tracker.db"),
        ("sqlite:////elsewhere/xiaoer.db", "", "sqlite:////data/tracker.db"),
        ("postgresql://db/xiaoer", "", "postgresql://db/xiaoer"),
        ("postgresql://db/xiaoer", "postgresql://db/tracker", "postgresql://db/tracker"),
        ("", "postgresql://db/tracker", "postgresql://db/tracker"),
    ],
)
def test_rasa_shares_a_server_but_never_a_file(database: str, tracker: str, expected: str) -> None:
    assert Settings(data_dir=Path("/data"), database_url=database, tracker_url=tracker).tracker == expected


@pytest.mark.parametrize(("name", "value"), [("DESK_PORT", "0"), ("DESK_PORT", "65536"), ("RASA_TIMEOUT", "0")])
def test_what_can_not_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"XIAOER_{name}", value)

    with pytest.raises(ValidationError):
        Settings()
