"""Mail on which other readers hang is read like any other: nothing is lost that can be had."""

from __future__ import annotations

import pytest

from dropbox.mail.message import Mailbox
from dropbox.mail.read import read
from score.hostile import FORWARDED_PEOPLE, TEXT, hostile

KNOWN = {one.name: one for one in hostile()}


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_not_hostile_in_it_is_read_as_ever(name):
    message = read(KNOWN[name].raw)
    assert message.author == Mailbox("aiko@corp.example", "Aiko")
    assert message.sent_at is not None
    assert message.text.strip().endswith(TEXT)
    assert "bob@client.example" in [box.email for box in message.to]
    assert message.attachments == ()


def test_a_content_type_of_semicolons_is_still_plain_text():
    message = read(KNOWN["40 KB of ; in Content-Type"].raw)
    assert message.text.strip() == TEXT
    assert not message.has_html


@pytest.mark.parametrize("name", ['20 KB of " in To', "20 KB of ( in To"])
def test_signs_without_an_end_cost_no_more_than_the_rest_of_their_header(name):
    assert [box.email for box in read(KNOWN[name].raw).to] == ["bob@client.example"]


def test_a_subject_of_a_megabyte_is_cut_and_that_is_noted():
    message = read(KNOWN["1 MB of Subject"].raw)
    assert message.subject.startswith("offer offer ")
    assert len(message.subject) <= 64 * 1024
    assert "header_capped" in message.notes


def test_encoded_words_without_end_are_decoded_as_far_as_the_header_is_read():
    message = read(KNOWN["200 KB of encoded words"].raw)
    assert message.subject.startswith("cafécafécafé")
    assert "header_capped" in message.notes


@pytest.mark.parametrize("name", ["10 KB of newlines", "one line of 1 MB of blanks"])
def test_emptiness_before_the_text_is_no_forward(name):
    message = read(KNOWN[name].raw)
    assert message.forwarded == ()
    start, end = message.reply
    assert TEXT in message.text[start:end]


def test_everybody_in_a_long_forwarded_to_is_found():
    message = read(KNOWN["a forwarded To of 550 people"].raw)
    (original,) = message.forwarded
    assert original.author == Mailbox("carol@client.example", "Carol Client")
    assert original.subject == "Offer"
    assert len(original.to) == FORWARDED_PEOPLE
    assert (
        original.to[-1].email
        == f"person{FORWARDED_PEOPLE - 1}@client{FORWARDED_PEOPLE - 1}.example"
    )
    assert original.comment.strip() == "FYI"
    assert original.text.strip() == TEXT
