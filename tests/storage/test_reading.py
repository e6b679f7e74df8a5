"""What people and deliveries look like to whom: timelines, rows, views, privacy."""

import pytest
import pytest_asyncio
import sqlalchemy

from storage import accounts, deliveries, kept, people, rules, timeline, users
from storage.errors import Ambiguous, NotFound, Private, Refused
from storage.viewer import Viewer

DOMAIN = "dropbox.example"


def mail(
    subject="Offer", to="Taro Suzuki <taro@customer.example>", number=1, more="", text="Hello"
):
    return (
        f"From: Hanako <hanako@corp.example>\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: <m{number}@corp.example>\nDate: Mon, 2 Nov 2026 10:0{number}:00 +0900\n"
        f"{more}\n{text}\n"
    )


@pytest_asyncio.fixture
async def home(engine):
    async with engine.begin() as opened:
        account = await accounts.add(opened, "Corp", internal=["corp.example"])
        hanako = await users.add(
            opened, account, "hanako@corp.example", "Hanako", mail_domain=DOMAIN
        )
        jiro = await users.add(opened, account, "jiro@corp.example", "Jiro", mail_domain=DOMAIN)
    return account, hanako, jiro


@pytest_asyncio.fixture
async def connection(engine):
    async with engine.begin() as opened:
        yield opened


def at(user):
    return f"{user.local}@{DOMAIN}"


async def make_private(engine, user):
    async with engine.begin() as opened:
        await rules.change(opened, user, visibility="private")


async def test_a_timeline_is_newest_first_whatever_arrived_first(home, deliver, connection):
    _, hanako, _ = home
    for number in (2, 1, 3):
        await deliver(mail(f"S{number}", number=number), at(hanako))
    person = await people.find(connection, "TARO@customer.example")
    entries = await timeline.of_person(connection, person.account_id, person.person_id)
    assert [entry.subject for entry in entries] == ["S3", "S2", "S1"]
    two = await timeline.of_person(connection, person.account_id, person.person_id, limit=2)
    assert [entry.subject for entry in two] == ["S3", "S2"]
    assert person.message_count == 3


async def test_an_entry_says_all_that_the_contract_says(home, deliver, connection):
    _, hanako, _ = home
    attached = (
        "From: Hanako <hanako@corp.example>\nTo: Taro <taro@customer.example>\n"
        "Cc: =?utf-8?b?5bGx55Sw?= <yamada@customer.example>\nBcc: secret@customer.example\n"
        "Subject: Offer\nMessage-ID: <A1@corp.example>\nDate: Mon, 2 Nov 2026 10:00:00 +0900\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nHello\n"
        '--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename="p.csv"\n\n1,2\n'
        "--b--\n"
    )
    await deliver(attached, at(hanako))
    person = await people.find(connection, "taro@customer.example")
    (entry,) = await timeline.of_person(connection, person.account_id, person.person_id)
    document = entry.document()
    assert document["rfc_message_id"] == "a1@corp.example"
    assert document["sent_at"] == "2026-11-02T01:00:00Z"
    assert document["from"] == {"name": "Hanako", "email": "hanako@corp.example"}
    assert document["to"] == [{"name": "Taro", "email": "taro@customer.example"}]
    assert document["cc"] == [{"name": "山田", "email": "yamada@customer.example"}]
    assert document["text"].strip() == document["reply"].strip() == "Hello"
    assert document["comment"] is None
    (attachment,) = document["attachments"]
    assert attachment == {
        "filename": "p.csv", "content_type": "text/csv", "size": 3, "inline": False,
    }  # fmt: skip
    assert document["captured_by"] == ["hanako@corp.example"]
    assert (document["visibility"], document["direction"]) == ("team", "outgoing")
    assert "bcc" not in document


LOGO = "iVBORw0KGgo="
"""The first bytes of a PNG."""


def with_files(number, *files, reply_to="", to="Taro <taro@customer.example>"):
    parts = "".join(
        f"--b\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: {how}; filename="{name}"\n\n{data}\n'
        for name, kind, how, data in files
    )
    more = f"In-Reply-To: <m{reply_to}@corp.example>\n" if reply_to else ""
    more += "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
    text = f"--b\nContent-Type: text/plain\n\nHello\n{parts}--b--"
    return mail(number=number, to=to, more=more, text=text)


async def test_logos_and_files_that_a_thread_had_before_are_marked(home, deliver, connection):
    _, hanako, _ = home
    logo = ("logo.png", "image/gif", "inline", LOGO)
    plan, other = (
        (f"{data}.pdf", "application/octet-stream", "attachment", data)
        for data in ("JVBERi0x", "JVBERi0y")
    )
    await deliver(with_files(2, logo, plan, other, reply_to="1"), at(hanako))
    await deliver(with_files(1, logo, plan), at(hanako))
    await deliver(with_files(3, plan, reply_to="1", to="ann@customer.example"), at(hanako))
    person = await people.find(connection, "taro@customer.example")
    keys = (person.account_id, person.person_id)
    newer, older = await timeline.of_person(connection, *keys)
    assert [(one["detected_type"], one["decoration"]) for one in newer.attachments] == [
        ("image/png", True), ("application/pdf", False), ("application/pdf", False)
    ]  # fmt: skip
    assert [one["repeated"] for one in newer.attachments] == [True, True, False]
    assert [one["repeated"] for one in older.attachments] == [False, False]
    (last,) = (await people.find(connection, "ann@customer.example")).emails
    ann = await people.find(connection, last)
    (entry,) = await timeline.of_person(connection, ann.account_id, ann.person_id)
    # What was sent to Taro is not on Ann's timeline.
    assert [one["repeated"] for one in entry.attachments] == [False]
    (entry,) = await timeline.of_messages(connection, ann.account_id, [entry.message_id])
    assert [one["repeated"] for one in entry.attachments] == [True]
    found = await connection.execute(
        sqlalchemy.text("select repeated from attachments where person_id = :id order by at, path"),
        {"id": person.person_id},
    )
    assert list(found.scalars()) == [False, False, True, True, False]


async def test_a_file_that_only_private_mail_had_before_is_not_marked(
    home, deliver, engine, connection
):
    account, hanako, jiro = home
    plan = ("plan.pdf", "application/pdf", "attachment", "JVBERi0x")
    await make_private(engine, hanako)
    await deliver(with_files(1, plan), at(hanako))
    await deliver(
        with_files(2, plan, reply_to="1").replace("Hanako <hanako", "Jiro <jiro"), at(jiro)
    )
    person = await people.find(connection, "taro@customer.example")
    keys = (account.account_id, person.person_id)
    marks = {}
    for name, viewer in (("nobody", Viewer()), ("hanako", Viewer(hanako.user_id))):
        newer, _ = await timeline.of_person(connection, *keys, viewer)
        marks[name] = [one["repeated"] for one in newer.attachments]
    assert marks == {"nobody": [False], "hanako": [True]}


async def test_a_bcc_header_is_shown_to_the_capturing_user_alone(home, deliver, connection):
    account, hanako, jiro = home
    await deliver(mail(more="Bcc: quiet@customer.example\n"), at(hanako), at(jiro))
    person = await people.find(connection, "taro@customer.example")
    shown = {}
    for name, viewer in (("nobody", Viewer()), ("hanako", Viewer(hanako.user_id))):
        (entry,) = await timeline.of_person(
            connection, account.account_id, person.person_id, viewer
        )
        shown[name] = [one["email"] for one in entry.bcc]
    assert shown == {"nobody": [], "hanako": ["quiet@customer.example"]}


async def test_private_content_is_for_whoever_captured_it(home, deliver, engine):
    account, hanako, jiro = home
    await make_private(engine, hanako)
    await deliver(mail("Secret offer", text="Between us"), at(hanako))
    async with engine.begin() as opened:
        person = await people.find(opened, "taro@customer.example")
        key = (account.account_id, person.person_id)
        for viewer in (Viewer(), Viewer(jiro.user_id)):
            (entry,) = await timeline.of_person(opened, *key, viewer)
            assert (entry.subject, entry.text, entry.reply, entry.attachments) == (
                None, None, None, [],
            )  # fmt: skip
            assert entry.visibility == "private"
            (row,) = await deliveries.listed(opened, viewer=viewer)
            assert row.subject is None
            with pytest.raises(Private, match=r"--as hanako@corp\.example, or --break-glass"):
                await deliveries.find(opened, str(row.delivery_id), viewer=viewer)
        (entry,) = await timeline.of_person(opened, *key, Viewer(hanako.user_id))
        assert entry.subject == "Secret offer"
        (row,) = await deliveries.find(opened, "<M1@corp.example>", viewer=Viewer(hanako.user_id))
        assert row.subject == "Secret offer"
        assert (await opened.exec_driver_sql("select count(*) from audit")).scalar_one() == 0


async def test_of_several_captures_the_stricter_wins_for_others(home, deliver, engine):
    account, hanako, jiro = home
    await make_private(engine, hanako)
    await deliver(mail(), at(hanako), at(jiro))
    async with engine.begin() as opened:
        person = await people.find(opened, "taro@customer.example")
        key = (account.account_id, person.person_id)
        (hidden,) = await timeline.of_person(opened, *key)
        assert hidden.subject is None
        assert sorted(hidden.captured_by) == ["hanako@corp.example", "jiro@corp.example"]
        for owner in (hanako, jiro):
            (entry,) = await timeline.of_person(opened, *key, Viewer(owner.user_id))
            assert entry.subject == "Offer"


async def test_breaking_the_glass_over_a_timeline_is_audited_too(home, deliver, engine):
    account, hanako, _ = home
    await make_private(engine, hanako)
    await deliver(mail(), at(hanako))
    await deliver(mail(number=2), at(hanako))
    async with engine.begin() as opened:
        person = await people.find(opened, "taro@customer.example")
        key = (account.account_id, person.person_id)
        entries = await timeline.of_person(opened, *key, Viewer(actor="root", reason="law suit"))
        assert [entry.subject for entry in entries] == ["Offer", "Offer"]
        (audit,) = (await opened.exec_driver_sql("select detail from audit")).all()
        assert all(str(entry.message_id) in str(audit.detail) for entry in entries)


async def test_breaking_the_glass_shows_it_and_is_audited(home, deliver, engine):
    _, hanako, _ = home
    await make_private(engine, hanako)
    await deliver(mail(), at(hanako))
    async with engine.begin() as opened:
        rows = await deliveries.find(
            opened, "m1@corp.example", viewer=Viewer(actor="root", reason="law suit")
        )
        assert rows[0].subject == "Offer"
        (audit,) = (await opened.exec_driver_sql("select actor, action, detail from audit")).all()
        assert (audit.actor, audit.action) == ("root", "break_glass")
        assert "law suit" in str(audit.detail)
        assert str(rows[0].delivery_id) in str(audit.detail)


async def test_glass_that_hides_nothing_is_not_broken(home, deliver, engine):
    _, hanako, _ = home
    await deliver(mail(), at(hanako))
    async with engine.begin() as opened:
        await deliveries.find(opened, "m1@corp.example", viewer=Viewer(actor="root", reason="x"))
        assert (await opened.exec_driver_sql("select count(*) from audit")).scalar_one() == 0


async def test_held_mail_is_as_private_as_the_rules_of_its_user(home, deliver, engine):
    _, hanako, _ = home
    await make_private(engine, hanako)
    stranger = mail("To a stranger's eye").replace("hanako@corp", "x@evil")
    await deliver(stranger, at(hanako))
    async with engine.begin() as opened:
        (row,) = await deliveries.listed(opened)
        assert (row.outcome, row.subject, row.visibility) == ("held", None, "private")


async def test_a_row_a_delivery_and_a_duplicate_has_the_messages_of_the_first(
    home, deliver, connection
):
    _, hanako, jiro = home
    await deliver(mail(to="taro@customer.example, kana@customer.example"), at(hanako), at(jiro))
    await deliver(mail(to="taro@customer.example, kana@customer.example"), at(hanako))
    rows = await deliveries.listed(connection)
    assert sorted((row.user, row.outcome) for row in rows) == [
        ("hanako@corp.example", "duplicate"),
        ("hanako@corp.example", "filed"),
        ("jiro@corp.example", "filed"),
    ]
    assert rows[0].outcome == "duplicate"
    assert len({row.message_ids for row in rows}) == 1
    assert rows[0].filed_on == ("kana@customer.example", "taro@customer.example")
    assert [row.outcome for row in await deliveries.listed(connection, outcome="duplicate")] == [
        "duplicate"
    ]
    hers = await deliveries.listed(connection, rows[0].account_id, user_id=hanako.user_id)
    assert len(hers) == 2
    assert len(await deliveries.listed(connection, limit=1)) == 1


async def test_a_mail_is_found_by_any_of_its_identifiers(home, deliver, connection):
    _, hanako, jiro = home
    await deliver(mail(), at(hanako), at(jiro))
    first, second = await deliveries.find(connection, "<M1@Corp.example>")
    assert await deliveries.find(connection, str(first.message_ids[0])) == [first, second]
    assert await deliveries.find(connection, str(second.delivery_id)) == [second]
    await deliver(mail(), at(hanako))
    again, *_ = await deliveries.find(connection, str(first.message_ids[0]))
    assert again.outcome == "duplicate"
    with pytest.raises(NotFound, match="no mail"):
        await deliveries.find(connection, "<nothing@corp.example>")
    with pytest.raises(NotFound):
        await deliveries.find(connection, "00000000-0000-7000-8000-000000000000")


async def test_raw_mail_comes_back_byte_for_byte(home, deliver, connection):
    _, hanako, jiro = home
    raw = (
        mail(text="x\x00y \xff" + "long line " * 300_000).encode("latin-1").replace(b"\n", b"\r\n")
    )
    await deliver(raw, at(hanako), at(jiro))
    rows = await deliveries.find(connection, "m1@corp.example")
    found = await kept.the_raw(connection, rows)
    assert b"".join([piece async for piece in kept.stream(connection, *found)]) == raw


async def test_nothing_is_kept_of_mail_that_is_never_logged(home, deliver, connection, pool):
    account, hanako, _ = home
    await pool.execute(
        "insert into never_log (account_id, id, pattern)"
        " values ($1, gen_random_uuid(), 'customer.example')",
        account.account_id,
    )
    await deliver(mail(), at(hanako))
    (row,) = await deliveries.listed(connection)
    assert (row.reason, row.note, row.subject, row.sender) == (
        "never_log", "customer.example", None, None,
    )  # fmt: skip
    with pytest.raises(NotFound, match="nothing of this mail is kept"):
        await kept.the_raw(connection, [row])


async def test_an_address_that_two_kinds_share_means_the_contact(home, deliver, connection, pool):
    account, hanako, _ = home
    await deliver(mail(), at(hanako))
    lead = await people.find(connection, "taro@customer.example")
    await pool.execute(
        "with p as (insert into person (account_id, id, kind, name)"
        " values ($1, gen_random_uuid(), 'contact', 'Taro C') returning *)"
        " insert into person_email (account_id, email, kind, person_id)"
        " select account_id, 'taro@customer.example', kind, id from p",
        account.account_id,
    )
    assert (await people.find(connection, "taro@customer.example")).kind == "contact"
    assert (await people.find(connection, str(lead.person_id))).kind == "lead"


async def test_an_address_that_two_accounts_know_needs_the_account(home, deliver, engine, pool):
    account, hanako, _ = home
    await deliver(mail(), at(hanako))
    async with engine.begin() as opened:
        beta = await accounts.add(opened, "Beta")
        other = await users.add(opened, beta, "b@beta.example", "B", mail_domain=DOMAIN)
    await deliver(mail().replace("hanako@corp", "b@beta"), at(other))
    async with engine.begin() as opened:
        with pytest.raises(Ambiguous) as caught:
            await people.find(opened, "taro@customer.example")
        assert caught.value.choices == ("Beta", "Corp")
        found = await people.find(opened, "taro@customer.example", beta.account_id)
        assert found.account == "Beta"
        assert len(await people.listed(opened)) == 2
        assert len(await people.listed(opened, account.account_id)) == 1


async def test_who_is_nobody_is_said_so(connection):
    with pytest.raises(NotFound, match="no person"):
        await people.find(connection, "nobody@customer.example")
    with pytest.raises(Refused, match="not an e-mail address"):
        await people.find(connection, "nobody@")
    with pytest.raises(NotFound, match="it takes an id or an address"):
        await people.find(connection, "nobody")


async def test_the_views_show_people_and_blank_what_is_private(home, deliver, engine, pool):
    _, hanako, jiro = home
    await make_private(engine, hanako)
    await deliver(mail("Private", number=1), at(hanako))
    await deliver(mail("Open", number=2).replace("hanako@corp", "jiro@corp"), at(jiro))
    (lead,) = await pool.fetch("select * from leads")
    assert (lead["account"], lead["message_count"], lead["emails"]) == (
        "Corp", 2, ["taro@customer.example"],
    )  # fmt: skip
    assert await pool.fetch("select * from contacts") == []
    rows = await pool.fetch("select * from timeline order by at desc")
    assert [(row["subject"], row["visibility"], row["text"] is None) for row in rows] == [
        ("Open", "team", False),
        (None, "private", True),
    ]
    assert rows[0]["to_emails"] == ["taro@customer.example"]
    assert rows[0]["captured_by"] == ["jiro@corp.example"]
    shown = await pool.fetch('select subject, "user" from deliveries order by received_at')
    assert [tuple(row) for row in shown] == [
        (None, "hanako@corp.example"),
        ("Open", "jiro@corp.example"),
    ]
