"""What fuzzing found once, minimised and in invented words: it must never come back."""

from __future__ import annotations

import pytest

from fuzz.judge import flaws

FOUND = {
    "a word that begins like a separator, and a colon": b"--- reenviad--:",
    "more blank lines below a separator than are looked across": (
        b"\nThank you.\n\n-----Original Message-----\n" + b"\n" * 12 + b"See you.\n"
    ),
    "more blank lines below an attribution than are looked across": (
        b"\nThank you.\n\nOn Mon, Mar 3, 2025 at 9:30 AM Carol <carol@client.example> wrote:\n"
        + b"\n" * 12
        + b"> See you.\n"
    ),
    "an angle opened again and again": b"To: " + b"< " * 500 + b"bob@client.example\r\n\r\n",
    "a NUL in the address of a mailing list": b"List-Post: <mailto:dev@lists.\0example>\r\n\r\n",
    "comments without end": b"From: " + b"(a)" * 500 + b"<aiko@corp.example>\r\n\r\n",
}


@pytest.mark.parametrize("raw", FOUND.values(), ids=FOUND)
def test_what_was_found_once_is_read_and_can_be_kept(raw):
    assert flaws(raw) == []
