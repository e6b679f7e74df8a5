"""What a file is by its first bytes, whatever its name and its declared type say.

A small table of what business mail carries, in order; no guess is made beyond it.
"""

from __future__ import annotations

HEAD_BYTES = 4_096
"""So much of a file's beginning is looked at."""

_ZIP, _OLE = "application/zip", "application/x-ole-storage"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
    (b"%!PS", "application/postscript"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (b'x\x9f>"', "application/ms-tnef"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
)
_BY_SIGN = {
    first[0]: [one for one in _BEGINNINGS if one[0][0] == first[0]] for first, _ in _BEGINNINGS
}
_IN_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_HEIF = frozenset((b"heic", b"heix", b"hevc", b"mif1", b"msf1"))
_IN_ZIP = (
    (b"word/", f"{_OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}.spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}.presentationml.presentation"),
)
_MARKUP = (
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
)
_BOM = b"\xef\xbb\xbf"
_PADDED = (_BOM, b" ", b"\t", b"\r", b"\n", b"<")


def detect(head: bytes) -> str:
    """Return the media type that `head` begins a file of; an empty string when it is not known."""
    for beginning, kind in _BY_SIGN.get(head[0], ()) if head else ():
        if head.startswith(beginning):
            return _of_zip(head) if kind == _ZIP else kind
    if head.startswith(b"RIFF"):
        return _IN_RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "image/heic" if brand in _HEIF else "image/avif" if brand == b"avif" else "video/mp4"
    # `BM` alone begins English words too: a bitmap has four zeros where it keeps nothing.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    if head.startswith(_PADDED):
        start = head.removeprefix(_BOM).lstrip()[:20].lower()
        return next((kind for sign, kind in _MARKUP if start.startswith(sign)), "")
    return ""


def _of_zip(head: bytes) -> str:
    """Tell documents that are zip files from others, by the names of their first members."""
    # OpenDocument and EPUB begin with a member `mimetype` that is not compressed.
    if head[30:38] == b"mimetype":
        length = int.from_bytes(head[22:26], "little")
        declared = head[38 : 38 + min(length, 80)]
        return declared.decode("ascii", "ignore") if declared.startswith(b"application/") else _ZIP
    office = b"[Content_Types].xml" in head or b"_rels/" in head
    return next((kind for member, kind in _IN_ZIP if office and member in head), _ZIP)
