"""One canonical form for every address, and the shape of the secret ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.addresses import (
    HANDLE_LENGTH,
    TOKEN_LENGTH,
    canonical,
    conceal_envelope,
    domain_of,
    masked,
    mint_dropbox_local,
    read_dropbox_local,
)

DOMAIN = "dropbox.example"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Hanako@Corp.Example", "hanako@corp.example"),
        ("hanako@corp.example.", "hanako@corp.example"),
        (" hanako@corp.example ", "hanako@corp.example"),
        ("hanako@例え.テスト", "hanako@xn--r8jz45g.xn--zckzah"),
        ("山田@例え.テスト", "山田@xn--r8jz45g.xn--zckzah"),
        ("hanako@BÜCHER.example", "hanako@xn--bcher-kva.example"),
        ("foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp"),
        ("no address", "no address"),
    ],
)
def test_an_address_has_one_canonical_form(written: str, expected: str) -> None:
    assert canonical(written) == expected


@given(st.text(max_size=80))
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(max_size=80))
def test_reading_an_address_never_raises(text: str) -> None:
    read_dropbox_local(text, DOMAIN)
    domain_of(text)


@given(st.emails() | st.just("山田太郎@例え.テスト") | st.just("@"))
def test_a_minted_address_is_read_back_whatever_the_user_is_called(email: str) -> None:
    local = mint_dropbox_local(email)
    shaped = read_dropbox_local(f"{local}@{DOMAIN}", DOMAIN)
    assert shaped is not None
    assert (shaped.local, shaped.suffix) == (local, "")
    handle, _, token = local.partition(".")
    assert 1 <= len(handle) <= HANDLE_LENGTH
    assert len(token) == TOKEN_LENGTH


def test_a_token_holds_at_least_80_random_bits() -> None:
    tokens = {mint_dropbox_local("a@b.example").partition(".")[2] for _ in range(1000)}
    assert len(tokens) == 1000
    assert len({letter for token in tokens for letter in token}) == 32
    assert TOKEN_LENGTH * 5 >= 80


def test_case_does_not_matter_and_a_suffix_is_taken_off() -> None:
    shaped = read_dropbox_local("Hanako.ABCDEFGHIJKLMNOP+News@Dropbox.Example", DOMAIN)
    assert shaped is not None
    assert (shaped.local, shaped.suffix) == ("hanako.abcdefghijklmnop", "news")


@pytest.mark.parametrize(
    "address",
    [
        "hanako@dropbox.example",
        "hanako.short@dropbox.example",
        "hanako.abcdefghijklmno1@dropbox.example",
        "hanako.abcdefghijklmnop@other.example",
        ".abcdefghijklmnop@dropbox.example",
        "",
    ],
)
def test_what_has_not_the_shape_is_no_dropbox_address(address: str) -> None:
    assert read_dropbox_local(address, DOMAIN) is None


def test_a_masked_address_shows_whose_it_is_and_not_its_token() -> None:
    shown = masked("hanako.abcdefghijklmnop@dropbox.example")
    assert shown == "hanako.••••@dropbox.example"


@pytest.mark.parametrize(
    "mail_from",
    [
        "hanako+caf_=hanako.{token}=dropbox.example@gmail.com",
        "bounce+hanako.{token}=dropbox.example@list.example",
        "bounce-hanako.{token}=40dropbox.example@list.example",
        "SRS0=AAAA=BB=dropbox.example=hanako.{token}@relay.example",
        "srs1=AAAA=other.example==BB=CC=Dropbox.Example=Hanako.{token}@relay.example",
    ],
)
def test_an_address_is_masked_however_forwarders_and_lists_write_it_into_mail_from(mail_from):
    token = "abcdefghijklmnop"
    shown = conceal_envelope(mail_from.format(token=token), "dropbox.example")
    assert token not in shown
    assert shown == mail_from.format(token="••••")
