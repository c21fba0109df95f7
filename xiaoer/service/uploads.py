"""Files that visitors send: what they are, whose they are, where they lie."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from xiaoer.accounts.model import Identity
from xiaoer.service.errors import UnsupportedMedia, UploadNotFound
from xiaoer.service.tables import UploadRow

SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}
"""Media types that are accepted, each with the suffix that its files get."""


@dataclass(frozen=True)
class Upload:
    """A file that a visitor has sent.

    Attributes:
        id: Its number, hard to guess.
        tenant: Whom it was sent to.
        subject: Who sent it.
        media_type: What its bytes are.
        size: Bytes.
        at: When.
    """

    id: str
    tenant: str
    subject: str
    media_type: str
    size: int
    at: datetime

    @property
    def kind(self) -> str:
        """Its kind as an attachment: ``image``, ``video`` or ``file``."""
        kind = self.media_type.partition("/")[0]
        return kind if kind in ("image", "video") else "file"

    @property
    def file_name(self) -> str:
        """Its name in the folder of uploads."""
        return self.id + SUFFIXES[self.media_type]


def media_type_of(content: bytes) -> str:
    """Return the media type that a file's first bytes tell, whatever its name says.

    Args:
        content: The file, or at least its first 16 bytes.

    Raises:
        UnsupportedMedia: If it is none of the accepted types.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] != b"qt  ":
        return "video/mp4"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    raise UnsupportedMedia


def save_upload(session: Session, folder: Path, identity: Identity, content: bytes, *, now: datetime) -> Upload:
    """Keep a file and write down whose it is.

    Args:
        session: A writing session.
        folder: Folder of uploads; made where it is missing.
        identity: The visitor, as the token says.
        content: The file.
        now: The present moment.

    Raises:
        UnsupportedMedia: If it is none of the accepted types.
    """
    row = UploadRow(
        id=secrets.token_urlsafe(16),
        tenant=identity.tenant,
        subject=identity.subject,
        media_type=media_type_of(content),
        size=len(content),
        at=now,
    )
    session.add(row)
    session.flush()
    upload = _upload(row)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{upload.file_name}"
    partial.write_bytes(content)
    os.replace(partial, folder / upload.file_name)
    return upload


def get_upload(session: Session, tenant: str, upload_id: str) -> Upload:
    """Return the record of a file that was sent to a tenant.

    Raises:
        UploadNotFound: If the tenant has none with this id.
    """
    row = session.get(UploadRow, upload_id)
    if row is None or row.tenant != tenant:
        raise UploadNotFound(upload_id)
    return _upload(row)


def own_upload(session: Session, identity: Identity, upload_id: str) -> Upload:
    """Return the record of a file that the visitor has sent.

    Raises:
        UploadNotFound: If the visitor has sent none with this id to this tenant.
    """
    upload = get_upload(session, identity.tenant, upload_id)
    if upload.subject != identity.subject:
        raise UploadNotFound(upload_id)
    return upload


def upload_tenant(session: Session, upload_id: str) -> str:
    """Return the tenant that a file was sent to, for people who serve every tenant.

    Raises:
        UploadNotFound: If there is none with this id.
    """
    row = session.get(UploadRow, upload_id)
    if row is None:
        raise UploadNotFound(upload_id)
    return str(row.tenant)


def _upload(row: UploadRow) -> Upload:
    return Upload(row.id, row.tenant, row.subject, row.media_type, row.size, row.at)
