"""Tiny files that are really what they claim to be, to send along with a message."""

from __future__ import annotations

import struct
import zlib


def png() -> bytes:
    """Return a picture of one white pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\xff\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def mp4() -> bytes:
    """Return a film without any picture: its type, and an index of nothing."""

    def box(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", 8 + len(data)) + name + data

    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = struct.pack(">IIIIIIHH8x", 0, 0, 0, 1000, 0, 0x10000, 0x0100, 0) + matrix + bytes(24)
    header += struct.pack(">I", 1)
    brands = b"isom" + struct.pack(">I", 0x200) + b"isomiso2mp41"
    return box(b"ftyp", brands) + box(b"moov", box(b"mvhd", header)) + box(b"mdat", b"")


def pdf() -> bytes:
    """Return a document of one empty page."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>",
    ]
    document, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(document)
    document += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    document += b"".join(b"%010d 00000 n \n" % place for place in places)
    return document + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)


SAMPLES = {
    "image": ("photo.png", "image/png", png),
    "video": ("video.mp4", "video/mp4", mp4),
    "file": ("document.pdf", "application/pdf", pdf),
}
"""Type of an attachment → file name, media type, and what makes its content."""
