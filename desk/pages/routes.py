"""Serving the pages and their files."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse

from desk.errors import DeskError

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
FILE = re.compile(r"[a-z]+(\.js|\.css)")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' https: http: blob: data:",
        "media-src 'self' https: http: blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""Content-Security-Policy of the pages: nothing of anybody else's runs in them; pictures may come from anywhere."""

# Pages and their files change together with the desk; browsers ask each time and mostly hear that nothing changed.
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}


@router.get("/")
async def home() -> RedirectResponse:
    """Lead to the customers' page."""
    return RedirectResponse("/chat")


@router.get("/chat")
async def chat() -> FileResponse:
    """Return the customers' page; it reads merchant, product and order from its own address."""
    return FileResponse(FOLDER / "chat.html", media_type="text/html", headers=HEADERS)


@router.get("/docs")
async def docs() -> FileResponse:
    """Return the description of the API as a page."""
    return FileResponse(FOLDER / "docs.html", media_type="text/html", headers=HEADERS)


@router.get("/pages/{name}")
async def part(name: str) -> FileResponse:
    """Return a style or a script of a page."""
    named = FILE.fullmatch(name)
    if named is None or not (FOLDER / name).is_file():
        raise DeskError("not_found")
    return FileResponse(FOLDER / name, media_type=MEDIA_TYPES[named[1]], headers={"Cache-Control": "no-cache"})
