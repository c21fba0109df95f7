"""The only reader of the environment: every setting of the project, with its default."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseSettings, Field


class Settings(BaseSettings):
    """All settings; each field is read from the environment variable ``XIAOER_<FIELD>``.

    Attributes:
        data_dir: Folder of everything that a running installation writes (databases, uploads, logs).
        database_url: SQLAlchemy address of the domain's database; SQLite in ``data_dir`` when unset.
        tracker_url: SQLAlchemy address of Rasa's tracker store; when unset, the domain's database if that is not
            SQLite, else SQLite in ``data_dir``.
        desk_host: Interface that the desk listens on.
        desk_port: TCP port of the desk.
        rasa_url: Base address of the private Rasa server.
        actions_url: Webhook address of the private action server.
        rasa_timeout: Seconds that the desk waits for one turn of Rasa before a person is asked instead.
        breaker_threshold: Failures of Rasa in a row after which the desk stops calling it for a while.
        breaker_seconds: Seconds that the desk's circuit breaker stays open.
        rate_limit: Messages that one visitor may send, in the notation of the ``limits`` library.
        commerce_rate_limit: Calls of the commerce API that may be made about one customer, in the same notation.
        max_message_chars: Longest message that is accepted, in characters.
        max_upload_bytes: Largest upload that is accepted, in bytes.
        kuaidi100_customer: Our number at 快递100, which is asked for the traces of parcels; empty: it is not asked.
        kuaidi100_key: What requests to 快递100 are signed with.
        kuaidi100_url: Address of 快递100, or of a gateway that stands for it.
        kuaidi100_timeout: Seconds that one request to 快递100 may take.
        kuaidi100_salt: What 快递100 signs its pushes with; empty: pushes are not taken.
        kuaidi100_callback: Address of ``/callbacks/kuaidi100`` as the internet sees it, for which pushes are asked;
            empty: none are asked for.
        now: Fixes the clock of every process (ISO 8601 with an offset); for tests and demonstrations only.
        shell_identity: JSON object of trusted metadata that the action server assumes for messages which carry
            none, as ``rasa shell`` sends them; unset in service.
        policies: Folder of the rules by which merchants grant more than the platform, ``<merchant>.yml`` each;
            merchants without a file go by the platform's tables.
        log_level: Level of the project's own log records.
    """

    data_dir: Path = Path("var")
    database_url: str = ""
    tracker_url: str = ""
    desk_host: str = "127.0.0.1"
    desk_port: int = Field(default=8000, gt=0, lt=65536)
    rasa_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055/webhook"
    rasa_timeout: float = Field(default=15.0, gt=0)
    breaker_threshold: int = Field(default=3, gt=0)
    breaker_seconds: float = Field(default=10.0, gt=0)
    rate_limit: str = "60/minute"
    commerce_rate_limit: str = "600/minute"
    max_message_chars: int = Field(default=20_000, gt=0)
    max_upload_bytes: int = Field(default=10_000_000, gt=0)
    kuaidi100_customer: str = ""
    kuaidi100_key: str = Field(default="", repr=False)
    kuaidi100_url: str = "https://poll.kuaidi100.com"
    kuaidi100_timeout: float = Field(default=3.0, gt=0)
    kuaidi100_salt: str = Field(default="", repr=False)
    kuaidi100_callback: str = ""
    now: datetime | None = None
    shell_identity: str = ""
    policies: Path = Path("demo/policies")
    log_level: str = "INFO"

    class Config:
        """Where the values come from."""

        env_prefix = "XIAOER_"

    @property
    def database(self) -> str:
        """SQLAlchemy address of the domain's database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'xiaoer.db'}"

    @property
    def indexes(self) -> Path:
        """Folder in which the processes of this machine share what they have prepared to search."""
        return self.data_dir.resolve() / "indexes"

    @property
    def tracker(self) -> str:
        """SQLAlchemy address of Rasa's tracker store.

        Rasa and the desk both write all the time: on SQLite each has a file of its own, to which it alone writes.
        """
        if self.tracker_url:
            return self.tracker_url
        if self.database_url and not self.database_url.startswith("sqlite"):
            return self.database_url
        return f"sqlite:///{self.data_dir.resolve() / 'tracker.db'}"
