"""Pending senders, and the code that proves them."""

from __future__ import annotations

import email
import email.policy
import re
import socket

import pytest
from aiosmtpd.controller import Controller

HANAKO, NEW = "hanako@corp.example", "new@home.example"


class Mailbox:
    """A mail server that keeps what it gets, or refuses every recipient."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.refuses = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.refuses:
            return "550 5.7.1 Not from you"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def relay(inside):
    mailbox = Mailbox()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    controller = Controller(mailbox, "127.0.0.1", port, server_hostname="relay.example")
    controller.start()
    inside.environment["BCC_DROPBOX_RELAY_URL"] = f"smtp://127.0.0.1:{port}"
    yield mailbox
    controller.stop(no_assert=True)


def code_in(mail) -> str:
    return re.search(r"[a-z2-7]{5}-[a-z2-7]{5}", mail["Subject"])[0]


def test_the_code_that_was_mailed_to_an_address_proves_it(inside, office, listed, relay):
    said = inside.ok("sender", "add", HANAKO, NEW, "--unproven")
    assert said == f"{NEW} is pending; a code was mailed to it\n"
    (mail,) = relay.mails
    assert (mail["To"], mail["Auto-Submitted"]) == (NEW, "auto-generated")
    assert code_in(mail) in mail.get_content()
    assert office not in str(mail)
    wrong = inside.refused("sender", "prove", HANAKO, NEW, "aaaaa-aaaaa")
    assert "that is not the code" in wrong
    assert inside.ok("sender", "prove", HANAKO, NEW, code_in(mail).upper()) == f"{NEW} is active\n"
    assert [one["status"] for one in listed("sender", "list", HANAKO)] == ["active", "active"]
    assert inside.ok("sender", "prove", HANAKO, NEW, "whatever") == f"{NEW} is active\n"


def test_asked_again_a_new_code_is_mailed_and_the_old_one_is_worth_nothing(inside, office, relay):
    inside.ok("sender", "add", HANAKO, NEW, "--unproven")
    inside.ok("sender", "add", HANAKO, NEW, "--unproven")
    first, second = map(code_in, relay.mails)
    inside.refused("sender", "prove", HANAKO, NEW, first)
    inside.ok("sender", "prove", HANAKO, NEW, second)


def test_the_code_comes_back_by_mail(inside, office, listed, relay, drop):
    inside.ok("sender", "add", HANAKO, NEW, "--unproven")
    (mail,) = relay.mails
    drop(
        f"From: {NEW}\nTo: ann@customer.example\nSubject: Offer [{code_in(mail)}]\n\nHello\n",
        office,
    )
    assert [one["status"] for one in listed("sender", "list", HANAKO)] == ["active", "active"]
    (row,) = listed("mail", "list")
    assert row["reason"] == "filed"


def test_japanese_users_get_their_code_in_japanese(inside, office, relay):
    inside.environment["BCC_DROPBOX_LANGUAGE"] = "ja"
    inside.ok("sender", "add", HANAKO, NEW, "--unproven")
    (mail,) = relay.mails
    assert "確認コード" in mail["Subject"]
    assert "専用アドレス" in mail.get_content()


def test_a_relay_that_refuses_leaves_the_sender_pending_and_says_so(inside, office, listed, relay):
    relay.refuses = True
    said = inside.refused("sender", "add", HANAKO, NEW, "--unproven")
    assert "is pending, but its code could not be mailed" in said
    assert [one["status"] for one in listed("sender", "list", HANAKO)] == ["active", "pending"]


def test_without_a_relay_a_pending_sender_waits_for_a_verified_mail(inside, office, listed):
    assert inside.ok("sender", "add", HANAKO, NEW, "--unproven") == f"{NEW} is pending\n"
    assert "not the code" in inside.refused("sender", "prove", HANAKO, NEW, "aaaaa-aaaaa")


def test_an_address_that_is_no_sender_cannot_be_proven(inside, office):
    assert "is not an allowed sender" in inside.refused("sender", "prove", HANAKO, NEW, "a")


def test_an_account_says_what_becomes_of_mail_whose_origin_is_in_doubt(inside, office, listed):
    def authentication():
        return next(one["authentication"] for one in listed("account", "list"))

    assert authentication() is None
    inside.ok("account", "set", "Corp", "--authentication", "require")
    assert authentication() == "require"
    inside.ok("account", "set", "Corp", "--authentication", "default")
    assert authentication() is None
    inside.ok("account", "add", "Other", "--authentication", "off")
    assert authentication() == "off"
    assert "--authentication" in inside("account", "set", "Corp", "--authentication", "x").stderr
