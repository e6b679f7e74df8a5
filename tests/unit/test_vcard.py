"""Cards: what goes in comes out of another reader, in lines of 75 octets that are UTF-8 each."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import vobject
from hypothesis import example, given
from hypothesis import strategies as st

from dropbox.vcard import Card, dropbox_card, write

ADDRESS = "hanako.abcdefghijklmnop@dropbox.example"
USER = UUID("01939f00-0000-7000-8000-000000000001")
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
VERSIONS = ("3.0", "4.0")

any_text = st.text(min_size=1, max_size=300)
long_japanese = st.text("山田花子𠮷👩‍💻é,;\\\n a", min_size=30, max_size=300)


def read(card, version):
    return vobject.readOne(write(card, version).decode())


def unfolded(data):
    return data.decode().replace("\r\n ", "").split("\r\n")


def value(data, name):
    """The one value of a property, unescaped: a reader of the test's own."""
    (found,) = [line.partition(":")[2] for line in unfolded(data) if re.match(f"{name}[;:]", line)]
    return re.sub(r"\\(.)", lambda escape: {"n": "\n"}.get(escape[1], escape[1]), found)


def kept(text):
    """What has to come back: line ends are one kind, control characters are marked."""
    lines = "\n".join(re.split("\r\n|[\n\v\f\r\x85\u2028\u2029]", text))
    return re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f]", "\ufffd", lines)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_japanese_name_is_read_back_by_another_program(version):
    card = Card(
        "山田 花子",
        ("hanako@corp.example", "h@home.example"),
        family_name="山田",
        given_name="花子",
        organization="株式会社例, 第一; 営業部",
        note="一行目\n二行目",
        uid=USER,
        revised_at=NOON,
    )
    found = read(card, version)
    assert found.version.value == version
    assert found.fn.value == "山田 花子"
    assert (found.n.value.family, found.n.value.given) == ("山田", "花子")
    assert [one.value for one in found.email_list] == ["hanako@corp.example", "h@home.example"]
    assert found.org.value == ["株式会社例, 第一; 営業部"]
    assert found.note.value == "一行目\n二行目"
    assert found.uid.value == f"urn:uuid:{USER}"


def test_version_3_is_written_to_the_letter_of_rfc_2426():
    card = Card("Sato, Hanako", ("a@b.example", "c@d.example"), uid=USER, revised_at=NOON)
    assert write(card, "3.0").decode().split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "FN:Sato\\, Hanako",
        "N:Sato\\, Hanako;;;;",
        "EMAIL;TYPE=INTERNET,PREF:a@b.example",
        "EMAIL;TYPE=INTERNET:c@d.example",
        f"UID:urn:uuid:{USER}",
        "REV:2026-11-22T12:00:00Z",
        "END:VCARD",
        "",
    ]


def test_version_4_is_written_to_the_letter_of_rfc_6350():
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    card = Card("Sato", ("a@b.example", "c@d.example"), uid=USER, revised_at=tokyo)
    assert write(card, "4.0").decode().split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "FN:Sato",
        "N:Sato;;;;",
        "EMAIL;PREF=1:a@b.example",
        "EMAIL:c@d.example",
        f"UID:urn:uuid:{USER}",
        "REV:20261122T120000Z",
        "END:VCARD",
        "",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_unknown_is_left_out_and_phonetic_fields_are_never_guessed(version):
    names = {re.split("[;:]", line)[0] for line in unfolded(write(Card("山田 花子"), version))}
    assert names == {"BEGIN", "VERSION", "FN", "N", "END", ""}
    full = write(
        Card("山田 花子", ("a@b.example",), "山田", "花子", "例", "x", USER, NOON), version
    )
    assert not re.search(b"PHONETIC|SORT|SOUND", full)


def test_one_known_half_of_a_name_stands_alone():
    assert value(write(Card("Mr Lee", given_name="Ann"), "4.0"), "N") == ";Ann;;;"
    assert value(write(Card("Mr Lee", family_name="Lee"), "4.0"), "N") == "Lee;;;;"


@given(any_text | long_japanese, st.sampled_from(VERSIONS))
@example("\\n", "3.0")
@example("a\r\nb\rc\u2028d", "3.0")
@example("\x1b[31m\x00", "4.0")
@example("x" * 74 + "山", "4.0")
@example(" " * 200, "3.0")
def test_any_text_survives_the_round_trip(text, version):
    data = write(Card(text, family_name=text, organization=text, note=text), version)
    wanted = kept(text)
    assert value(data, "FN") == wanted
    assert value(data, "N") == f"{wanted};;;;"
    assert value(data, "ORG") == wanted
    assert value(data, "NOTE") == wanted


@given(any_text | long_japanese, any_text, st.sampled_from(VERSIONS))
def test_another_program_reads_any_text_as_it_was(text, given_name, version):
    found = read(Card(text, family_name=text, given_name=given_name, note=text), version)
    assert found.fn.value == found.note.value == kept(text)
    assert found.n.value.family == kept(text)
    assert found.n.value.given == kept(given_name)


@given(any_text | long_japanese, st.sampled_from(VERSIONS))
@example("x" * 71 + "山", "3.0")
@example("x" * 72 + "山" * 60, "3.0")
def test_no_line_is_over_75_octets_and_each_is_utf_8_by_itself(text, version):
    data = write(Card(text, (text,), organization=text, note=text), version)
    assert data.endswith(b"\r\nEND:VCARD\r\n")
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
        assert not re.search(b"[\x00-\x08\n-\x1f\x7f]", line)


def test_lines_are_folded_no_sooner_than_they_must_be():
    (name,) = [part for part in write(Card("x" * 300), "4.0").split(b"\r\nN:") if b"FN:" in part]
    assert [len(line) for line in name.split(b"\r\n")][2:] == [75, 75, 75, 75, 7]


def test_a_lone_surrogate_is_marked_like_a_control_character():
    assert value(write(Card("a\ud800b"), "3.0"), "FN") == "a\ufffdb"


def test_several_cards_in_a_row_are_a_file():
    data = write(Card("one"), "3.0") + write(Card("two"), "3.0")
    assert [card.fn.value for card in vobject.readComponents(data.decode())] == ["one", "two"]


def test_the_card_of_a_dropbox_address_is_found_by_typing_bcc():
    card = dropbox_card(ADDRESS, "山田 花子", USER, since=NOON)
    for version in VERSIONS:
        found = read(card, version)
        assert found.fn.value == found.n.value.family == "BCC Dropbox - 山田 花子"
        assert found.email.value == ADDRESS


def test_the_entry_stays_the_same_one_when_the_address_changes():
    before = dropbox_card(ADDRESS, "Hanako", USER, since=NOON)
    after = dropbox_card("hanako.ponmlkjihgfedcba@dropbox.example", "Hanako", USER, since=NOON)
    other = dropbox_card(ADDRESS, "Hanako", UUID(int=USER.int + 1), since=NOON)
    assert before.uid == after.uid != other.uid
    assert before.uid != USER
