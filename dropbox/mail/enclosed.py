"""Parts that hold a mail in a format of their own: S/MIME's `smime.p7m`, Outlook's `winmail.dat`.

What is inside is hung below the part as if it were a container, so that everybody who walks the
tree reads it like any other part; its numbers go on behind the part's own: `2.1`.
"""

from __future__ import annotations

from dropbox.mail import charsets, cms, parts, tnef
from dropbox.mail.headers import Headers
from dropbox.mail.parameters import Structured
from dropbox.mail.parts import Node, Tree

MAX_OPENED = 20
MAX_DEPTH = 3
MAX_ENCLOSED_BYTES = 32 * 1024 * 1024
"""Larger ones stay closed: their content would be in memory three times over."""

_SMIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_TNEF = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_FILES = frozenset(("application/octet-stream", "application/binary"))
_OF_INTEREST = _SMIME | _TNEF | _FILES | {"application/pgp-encrypted"}
_TNEF_NAMES = frozenset(("winmail.dat", "win.dat"))


def open_all(tree: Tree) -> Tree:
    """Return `tree` with what signed and packed parts hold; `encrypted` and `tnef` are noted."""
    if _OF_INTEREST.isdisjoint([leaf.type for leaf in tree.leaves()]):
        return tree
    notes = dict.fromkeys(tree.notes)
    opened = 0
    waiting = [(leaf, 0) for leaf in tree.leaves()]
    for leaf, depth in waiting:
        if leaf.type == "application/pgp-encrypted":
            notes["encrypted"] = None
        opening = _opening(leaf)
        if not opening:
            continue
        if opened >= MAX_OPENED or depth >= MAX_DEPTH or leaf.end - leaf.start > MAX_ENCLOSED_BYTES:
            notes["enclosed_capped"] = None
            continue
        opened += 1
        found = _open_smime(leaf, notes) if opening == "smime" else _open_tnef(leaf, notes)
        if found:
            leaf.children.extend(found)
            waiting.extend((inner, depth + 1) for inner in Tree(leaf, 0).leaves())
    return Tree(tree.root, tree.body_start, tuple(notes)) if notes or opened else tree


def _opening(leaf: Node) -> str:
    kind = leaf.type
    if kind in _SMIME:
        return "smime"
    if kind in _TNEF:
        return "tnef"
    if kind in _FILES:
        name = leaf.declared_name.lower()
        if name in _TNEF_NAMES:
            return "tnef"
        if name.endswith((".p7m", ".p7z")):
            return "smime"
    return ""


def _open_smime(leaf: Node, notes: dict[str, None]) -> list[Node]:
    found = cms.read(leaf.content())
    if found.encrypted:
        notes["encrypted"] = None
    if not found.content:
        return []
    inner = parts.read(found.content, f"{leaf.path}.")
    notes.update(dict.fromkeys(inner.notes))
    return [inner.root]


def _open_tnef(leaf: Node, notes: dict[str, None]) -> list[Node]:
    data = leaf.content()
    contents = tnef.read(data)
    if contents is None:
        return []
    notes["tnef"] = None
    nodes = []
    if contents.text.strip() or contents.html.strip():
        nodes.append(_body(leaf, contents))
    for number, file in enumerate(contents.files, 1):
        name = charsets.single_line(charsets.clean(file.name))
        parameters = {"filename": name} if name else {}
        kind = file.content_type if "/" in file.content_type else "application/octet-stream"
        given = Headers({b"content-id": [file.content_id.encode()]} if file.content_id else {})
        disposition = Structured("inline" if file.content_id else "attachment", parameters)
        nodes.append(
            Node(
                data,
                f"{leaf.path}.{number}",
                given,
                Structured(charsets.single_line(kind)),
                file.start,
                file.end,
                given_disposition=disposition,
            )
        )
    return nodes


def _body(leaf: Node, contents: tnef.Contents) -> Node:
    """Return the body as a part 0: mostly a copy of the text that stands beside it in the mail."""
    is_text = bool(contents.text.strip())
    data = charsets.clean(contents.text if is_text else contents.html).encode()
    kind = Structured("text/plain" if is_text else "text/html", {"charset": "utf-8"})
    return Node(data, f"{leaf.path}.0", Headers(), kind, 0, len(data), spare=True)
