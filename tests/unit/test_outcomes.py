"""The outcome table: every reason once, no 5xx that is not meant, both languages."""

from __future__ import annotations

import pytest

from dropbox.filing.outcomes import OUTCOMES, Kept, NotRecorded, Outcome, Reason

ACCEPTED = {Outcome.FILED, Outcome.DUPLICATE, Outcome.HELD, Outcome.SKIPPED}


def test_every_reason_has_its_row() -> None:
    assert set(OUTCOMES) == set(Reason)


@pytest.mark.parametrize("reason", list(Reason))
def test_the_reply_fits_the_outcome(reason: Reason) -> None:
    row = OUTCOMES[reason]
    first = row.reply.code // 100
    expected = 2 if row.outcome in ACCEPTED else 5 if row.outcome is Outcome.REFUSED else 4
    assert first == expected
    assert row.reply.enhanced.startswith(f"{first}.")
    assert (row.kept is Kept.COUNT) == (first != 2)


@pytest.mark.parametrize("reason", list(Reason))
def test_help_is_there_in_english_and_japanese(reason: Reason) -> None:
    row = OUTCOMES[reason]
    assert row.en.isascii()
    assert any("\u3040" <= letter <= "\u30ff" for letter in row.ja)


@pytest.mark.parametrize(
    ("reason", "reply"),
    [
        (Reason.FILED, "250 2.0.0"),
        (Reason.NO_SUCH_ADDRESS, "550 5.1.1"),
        (Reason.TOO_BIG, "552 5.3.4"),
        (Reason.LOOP, "554 5.4.6"),
        (Reason.BARE_NEWLINE, "550 5.6.11"),
    ],
)
def test_replies_are_those_of_the_product(reason: Reason, reply: str) -> None:
    assert str(OUTCOMES[reason].reply).startswith(reply)


def test_an_end_without_a_record_carries_the_tables_reply_and_keeps_its_detail_to_itself() -> None:
    error = NotRecorded(Reason.DATABASE_DOWN, "password=hunter2")
    assert "hunter2" in str(error)
    assert "hunter2" not in str(error.reply)
