"""Files of visitors: taking them in, giving them to their owner and to the people of the shop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from desk.context import Desk, desk_of
from desk.errors import DeskError
from desk.identity import bearer, caller, verified, visitor
from desk.inbound import UPLOAD_ID
from desk.incoming import token_bearer
from xiaoer.accounts.model import Identity
from xiaoer.service.errors import UploadNotFound
from xiaoer.service.uploads import Upload, get_upload, own_upload, save_upload, upload_tenant

router = APIRouter(prefix="/uploads", tags=["visitors"])

MEGABYTE = 1_000_000


def folder_of(desk: Desk) -> Path:
    """Return where the files lie."""
    return desk.settings.data_dir / "uploads"


@router.post("")
async def take(
    desk: Annotated[Desk, Depends(desk_of)],
    identity: Annotated[Identity, Depends(token_bearer)],
    file: Annotated[UploadFile | None, File()] = None,
) -> dict[str, str]:
    """Keep a picture, a film or a PDF of the visitor; what it is, its bytes tell."""
    desk.throttle.hit("upload", identity.tenant, identity.subject)
    largest = desk.settings.max_upload_bytes
    content = await file.read(largest + 1) if file is not None else b""
    if not content:
        raise DeskError("upload_missing")
    if len(content) > largest:
        raise DeskError("upload_too_large", limit=f"{largest / MEGABYTE:g} MB")
    upload = await desk.store.write(
        lambda session: save_upload(session, folder_of(desk), identity, content, now=desk.clock())
    )
    return {"upload_id": upload.id, "type": upload.kind}


@router.get("/{upload_id}")
async def give(upload_id: str, request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> FileResponse:
    """Return a file to the visitor who sent it, or to the people whom it was sent to."""
    token = bearer(request.headers.get("authorization"))
    upload = await desk.store.read(lambda session: _visible(session, desk, token, upload_id))
    path = folder_of(desk) / upload.file_name
    if not path.is_file():
        raise UploadNotFound(upload_id)
    return FileResponse(
        path,
        media_type=upload.media_type,
        filename=upload.file_name,
        content_disposition_type="attachment" if upload.kind == "file" else "inline",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=86400"},
    )


def _visible(session: Session, desk: Desk, token: str | None, upload_id: str) -> Upload:
    if token is None:
        raise DeskError("token_required")
    now = desk.clock()
    if not UPLOAD_ID.fullmatch(upload_id):
        raise UploadNotFound(upload_id)
    if not verified(session, token, now=now).role.serves:
        return own_upload(session, visitor(session, token, None, now=now), upload_id)
    person = caller(session, token, now=now)
    tenant = upload_tenant(session, upload_id)
    if not person.may_see(tenant):
        raise UploadNotFound(upload_id)
    return get_upload(session, tenant, upload_id)
