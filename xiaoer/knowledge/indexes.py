"""The indexes of all scopes, each built when it is first asked for and again when its knowledge has changed."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import reading
from xiaoer.knowledge.index import Index, Taken, take_apart
from xiaoer.knowledge.kept import Names, TakenFiles, Words, digests
from xiaoer.knowledge.learning import learned_meaning
from xiaoer.knowledge.meaning import Meaning
from xiaoer.knowledge.model import Draft, Entry
from xiaoer.knowledge.products import LABEL, ProductNames
from xiaoer.knowledge.store import list_entries, versions_of
from xiaoer.knowledge.synonyms import Synonyms, default_synonyms
from xiaoer.knowledge.synonyms_store import list_synonyms
from xiaoer.knowledge.tables import EntryRow, RevisionRow

logger = logging.getLogger(__name__)

CATALOGUE_SECONDS = 2.0
"""How old what is known of a catalogue's names may be; they change seldom, and reading them takes longer."""

AT_ONCE = 300
"""Entries to take apart up to which a search waits for the new index, some tenths of a second; else it uses the old."""

STEP = 200
"""After how many entries progress is told."""


@dataclass(frozen=True)
class Scope:
    """What the search needs of one scope.

    Attributes:
        name: Merchant id, or ``platform``.
        revision: The scope's revision that this is of.
        catalogue: The products that its entries can be about.
        words: The scope's own synonyms.
        synonyms: These with the project's.
        index: Its published entries.
        labels: The products that only its entries know.
    """

    name: str
    revision: int
    catalogue: Names
    words: Words
    synonyms: Synonyms
    index: Index
    labels: Names


# Made once: each search asks it, and making it takes longer than the database does.
_REVISIONS = select(RevisionRow.scope, RevisionRow.revision).where(
    RevisionRow.scope.in_(bindparam("scopes", expanding=True))
)


class Indexes:
    """Keeps the indexes of all scopes; may be used by several threads."""

    def __init__(
        self,
        engine: Engine,
        synonyms: Synonyms | None = None,
        meaning: Meaning | None = None,
        *,
        files: TakenFiles | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep indexes of the knowledge behind an engine.

        Args:
            engine: The database.
            synonyms: Words that count as one for all; the project's own when ``None``.
            meaning: What texts are about; what this checkout's own texts teach when ``None``.
            files: Where entries taken apart are shared with other processes; nowhere when ``None``. Only for the
                project's own synonyms and meanings.
            clock: Seconds that only grow.
        """
        self._engine = engine
        self._synonyms = synonyms or default_synonyms()
        self.meaning = meaning or learned_meaning()
        self._files = files
        self._clock = clock
        self._scopes: dict[str, Scope] = {}
        self._catalogues: dict[str, tuple[float, Names]] = {}
        self._names: dict[str, tuple[tuple[Names, ...], ProductNames]] = {}
        self._building: set[str] = set()
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def of(self, tenant: str) -> tuple[ProductNames, tuple[Scope, ...]]:
        """Return the names of the products that a tenant's visitors can mean, and the scopes that answer them.

        Args:
            tenant: Merchant id, or ``platform``.
        """
        wanted = tuple(dict.fromkeys([tenant, PLATFORM]))
        with reading(self._engine) as session:
            rows = session.execute(_REVISIONS, {"scopes": wanted}).all()
            revisions = {row.scope: int(row.revision) for row in rows}
            scopes = tuple(self._scope(session, name, revisions.get(name, 0)) for name in wanted)
        parts = tuple(names for scope in scopes for names in (scope.catalogue, scope.labels))
        known = self._names.get(tenant)
        if known is None or known[0] != parts:
            known = self._names[tenant] = (parts, ProductNames(dict.fromkeys(name for part in parts for name in part)))
        return known[1], scopes

    def _scope(self, session: Session, name: str, revision: int) -> Scope:
        """Return a scope as it is now, or as it was while another thread is building what it is now."""
        catalogue = self._catalogue(session, name)
        known = self._scopes.get(name)
        being_built = name in self._building or self._locks[name].locked()
        if known is not None and (_is(known, revision, catalogue) or being_built):
            return known
        with self._locks[name]:
            known = self._scopes.get(name)
            if known is not None and _is(known, revision, catalogue):
                return known
            if known is not None and _work(session, known, catalogue) > AT_ONCE:
                self._build_apart(name, revision, catalogue)
                return known
            return self._build(session, name, revision, catalogue)

    def _build_apart(self, name: str, revision: int, catalogue: Names) -> None:
        """Build a scope in a thread of its own, unless one is at it; searches use what is there until it is done."""
        if name in self._building:
            return
        self._building.add(name)

        def build() -> None:
            try:
                with reading(self._engine) as session:
                    self._build(session, name, revision, catalogue)
            except Exception:
                logger.exception("the index of %s could not be built", name)
            finally:
                self._building.discard(name)

        threading.Thread(target=build, name=f"index of {name}", daemon=True).start()

    def prepare(self, name: str, drafts: Sequence[Draft], progress: Callable[[int, int], None] | None = None) -> None:
        """Take apart what is about to be written, so that all processes that share the files answer from it at once.

        Args:
            name: The scope: merchant id, or ``platform``.
            drafts: What will be published.
            progress: Told how many drafts of how many are done.
        """
        if self._files is None or len(drafts) <= AT_ONCE:
            return
        with reading(self._engine) as session:
            catalogue, words = self._catalogue(session, name), _words(session, name)
        self._take_apart(name, drafts, (*catalogue, *_labels(drafts)), words, progress=progress)

    def _build(self, session: Session, name: str, revision: int, catalogue: Names) -> Scope:
        known = self._scopes.get(name)
        words = _words(session, name)
        entries = list_entries(session, name)
        labels = _labels(entries)
        taken: dict[tuple[int, int], Taken] = {}
        if known is not None and (known.catalogue, known.words) == (catalogue, words):
            index = known.index
            taken = dict(zip(zip(index.ids.tolist(), index.versions.tolist(), strict=True), index.taken(), strict=True))
        missing = [entry for entry in entries if (entry.id, entry.version) not in taken]
        made = self._take_apart(name, missing, (*catalogue, *labels), words, whole=len(missing) == len(entries))
        taken |= {(entry.id, entry.version): each for entry, each in zip(missing, made, strict=True)}
        index = Index(entries, [taken[entry.id, entry.version] for entry in entries])
        built = Scope(name, revision, catalogue, words, self._extended(known, words), index, labels)
        self._scopes[name] = built
        return built

    def _take_apart(
        self,
        name: str,
        entries: Sequence[Entry | Draft],
        known_names: Names,
        words: Words,
        *,
        whole: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Taken]:
        """Return entries of a scope taken apart; many of them are looked for in the files, and kept there.

        Args:
            name: The scope.
            entries: The entries.
            known_names: Key, name and short name of the products that they can be about.
            words: The scope's own synonyms.
            whole: Whether these are all entries of the scope; then nothing else of it is kept.
            progress: Told how many entries of how many are done.
        """
        synonyms, names = self._extended(self._scopes.get(name), words), ProductNames(known_names)

        def made(number: int, entry: Entry | Draft) -> Taken:
            if progress is not None and (number % STEP == 0 or number == len(entries)):
                progress(number, len(entries))
            return take_apart(entry, names, synonyms, self.meaning)

        if self._files is None or len(entries) <= AT_ONCE:
            return [made(number, entry) for number, entry in enumerate(entries, start=1)]
        keys = digests(entries, known_names, words)
        taken = self._files.read(name)
        if not taken.keys() >= set(keys):
            with self._files.alone(name):
                kept = self._files.read(name)  # what another process has done while this one waited
                taken = {
                    key: kept.get(key) or made(number, entry)
                    for number, (key, entry) in enumerate(zip(keys, entries, strict=True), start=1)
                }
                if not kept.keys() >= taken.keys():
                    self._files.write(name, taken if whole else {**kept, **taken})
        return [taken[key] for key in keys]

    def _extended(self, known: Scope | None, words: Words) -> Synonyms:
        return known.synonyms if known is not None and known.words == words else self._synonyms.extended(words)

    def _catalogue(self, session: Session, name: str) -> Names:
        """Return the products that the entries of a scope can be about, at most ``CATALOGUE_SECONDS`` old."""
        known = self._catalogues.get(name)
        if known is not None and self._clock() - known[0] < CATALOGUE_SECONDS:
            return known[1]
        about = select(EntryRow.product_id).where(EntryRow.scope == name, EntryRow.product_id.is_not(None))
        rows = session.execute(
            select(ProductRow.product_id, ProductRow.name, ProductRow.short_name)
            .where(or_(ProductRow.merchant_id == name, ProductRow.product_id.in_(about)))
            .order_by(ProductRow.product_id)
        ).all()
        names = tuple((row.product_id, row.name, row.short_name) for row in rows)
        if known is not None and known[1] == names:
            names = known[1]
        self._catalogues[name] = (self._clock(), names)
        return names


def _is(scope: Scope, revision: int, catalogue: Names) -> bool:
    return scope.revision == revision and scope.catalogue == catalogue


def _labels(entries: Iterable[Entry | Draft]) -> Names:
    """Return the products that only these entries know."""
    labels = sorted({entry.product_label for entry in entries if entry.product_label and not entry.product_id})
    return tuple((f"{LABEL}{label}", label, label) for label in labels)


def _words(session: Session, name: str) -> Words:
    return tuple(group.words for group in list_synonyms(session, name))


def _work(session: Session, scope: Scope, catalogue: Names) -> int:
    """Return how many entries of a scope must be taken apart for a new index; all, where the words mean others now."""
    versions = versions_of(session, scope.name)
    if (scope.catalogue, scope.words) != (catalogue, _words(session, scope.name)):
        return len(versions)
    known = dict(zip(scope.index.ids.tolist(), scope.index.versions.tolist(), strict=True))
    return sum(known.get(entry_id) != version for entry_id, version in versions.items())
