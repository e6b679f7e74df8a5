"""Nonsense in every place of the commands: a line that says what is wrong, never a traceback."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter

import pytest

from tests.bad_input import mails
from tests.bad_input.commands import DELIVERS, HERE, NONSENSE, PLACES, USER

LONG = int(os.environ.get("BAD_INPUTS", "0")) > 10_000
"""All words in all places, not a few in each."""


@pytest.fixture
def corp(inside):
    inside.ok("account", "add", "Corp", "--domain", "corp.example")
    inside.ok("user", "add", USER, "--name", "Sato Hanako")
    return inside


def complaint(done) -> str:
    """What is wrong with how a command ended; empty when nothing is."""
    codes = DELIVERS if done.args[0] == "deliver" else {0, 1, 2}
    if done.returncode not in codes:
        return f"exit {done.returncode}"
    if "Traceback" in done.stderr:
        return "a traceback"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", done.stdout + done.stderr):
        return "what steers a terminal"
    asked_for_help = done.stdout.startswith("Usage: ") and not done.stderr
    if done.returncode and not asked_for_help and not re.fullmatch(r"[^\n]+\n", done.stderr):
        return "not one line"
    return ""


def test_nonsense_is_one_line_and_no_traceback(corp, record_property):
    words = itertools.cycle(NONSENSE)
    tried, found = 0, []
    for place in PLACES:
        for word in itertools.islice(words, len(NONSENSE) if LONG else 2):
            given = [one.replace(HERE, word) for one in place]
            done = corp(*given)
            tried += 1
            if said := complaint(done):
                found.append((given, said, done.returncode, done.stderr[-400:]))
    assert found == []
    record_property("counted", f"{tried} bad commands: one line each, no traceback")


def test_bad_mail_by_a_pipe_is_recorded_or_refused_by_the_table(corp, record_property):
    address = corp.ok("address", "show", USER).strip()
    tried = mails.corpus(grown_ones=20)[:: 1 if LONG else 10]
    found, codes = [], Counter()
    for raw in tried:
        done = corp("deliver", "--to", address, stdin=raw)
        codes[done.returncode] += 1
        if said := complaint(done):
            found.append((raw[:200], said, done.returncode, done.stderr[-400:]))
    assert found == []
    told = " ".join(f"{code} {count}" for code, count in sorted(codes.items()))
    record_property("counted", f"{len(tried)} bad mails by a pipe: exit codes {told}")
