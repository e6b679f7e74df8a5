"""Which mail is the same mail.

Identity is taken from raw header values and transfer-decoded leaves alone, never from what
today's reader makes of them, and carries a version: a better reader must not make old mail new.
"""

from __future__ import annotations

from hashlib import blake2b, sha256

from dropbox.mail.message import Fingerprint, Message

_VERSION = b"1"
_LONGEST_THREAD_ID = 500
"""Postgres indexes take about 2,700 bytes; RFC 5322 lines end at 998. Longer ones are nonsense."""


def identity_of(message: Message) -> bytes:
    """Return 32 bytes that are the same for every copy of a message.

    Canonical Message-ID, From address and Date; without a Message-ID: From, Date, Subject, text.
    """
    sender = message.author.email if message.author else message.from_text
    print_ = message.fingerprint
    if message.rfc_message_id:
        return _digest(_VERSION, b"id", _bytes(message.rfc_message_id), _bytes(sender), print_.date)
    return _digest(_VERSION, b"content", _bytes(sender), print_.date, print_.subject, print_.text)


def identity_of_written(message: Message) -> bytes:
    """Return the identity of an original that a mail client wrote into the body of a forward.

    From, minute, subject and text, folded, as `dropbox.filing.originals` puts them into the
    fingerprint: no raw headers are left of it.
    """
    sender = message.author.email if message.author else message.from_text
    print_ = message.fingerprint
    return _digest(_VERSION, b"forward", _bytes(sender), print_.date, print_.subject, print_.text)


def is_same_content(fingerprint: Fingerprint, subject: bytes, text: bytes) -> bool:
    """Whether two mails of one identity are one message: another subject *and* text is another."""
    return subject_digest(fingerprint) == subject or fingerprint.text == text


def subject_digest(fingerprint: Fingerprint) -> bytes:
    """Return 16 bytes that stand for the raw Subject."""
    return blake2b(fingerprint.subject, digest_size=16).digest()


def held_key_of(message: Message) -> bytes:
    """Return 32 bytes under which a held mail and its exact repetition meet."""
    print_ = message.fingerprint
    return _digest(b"held", identity_of(message), print_.subject, print_.text)


def masked_hash(message: Message, key: bytes) -> bytes:
    """Return the keyed hash that is all that stays of a mail that must not be kept.

    Of the Message-ID where there is one, so that `mail why` can answer for it.
    """
    if message.rfc_message_id:
        return hash_of_id(message.rfc_message_id, key)
    return blake2b(identity_of(message), key=key[:64], digest_size=32).digest()


def hash_of_id(rfc_message_id: str, key: bytes) -> bytes:
    """Return the keyed hash under which `why` finds a mail that was not kept."""
    return blake2b(_bytes(rfc_message_id), key=key[:64], digest_size=32).digest()


def thread_ids(message: Message) -> tuple[str, ...]:
    """Return the Message-IDs that `message` carries or refers to, its own first, each once."""
    own = (message.rfc_message_id,) if message.rfc_message_id else ()
    named = (*own, *message.references, *message.in_reply_to)
    return tuple(dict.fromkeys(name for name in named if len(name) <= _LONGEST_THREAD_ID))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _digest(*words: bytes) -> bytes:
    # Lengths in front: no two lists of words are ever the same bytes.
    return sha256(b"".join(b"%d:%b" % (len(word), word) for word in words)).digest()
