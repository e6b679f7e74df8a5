"""Accounts, users, senders, rules, never-log lists: what is promised is held by constraints."""

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy.exc import IntegrityError

from storage import accounts, never_log, rules, senders, users
from storage.errors import Ambiguous, NotFound, Refused

DOMAIN = "dropbox.example"


@pytest_asyncio.fixture
async def connection(engine):
    async with engine.connect() as opened:
        yield opened


@pytest_asyncio.fixture
async def account(engine):
    async with engine.begin() as opened:
        return await accounts.add(opened, "Corp", internal=["corp.example", "*.corp.example"])


@pytest_asyncio.fixture
async def hanako(engine, account):
    async with engine.begin() as opened:
        return await users.add(
            opened, account, "Hanako@Corp.example", "山田 花子", mail_domain=DOMAIN
        )


async def at_once(engine, count, action):
    """Run `action` in so many transactions at once; return results and errors."""

    async def one(number):
        async with engine.begin() as opened:
            return await action(opened, number)

    return await asyncio.gather(*map(one, range(count)), return_exceptions=True)


def errors(results):
    return [one for one in results if isinstance(one, BaseException)]


async def test_an_account_has_a_name_of_its_own_even_in_a_race(engine):
    results = await at_once(engine, 6, lambda opened, _: accounts.add(opened, "Corp"))
    assert len(errors(results)) == 5
    assert all(isinstance(one, Refused) for one in errors(results))


async def test_internal_patterns_are_added_and_removed(connection, account):
    changed = await accounts.change(
        connection, account, add=["Boss@Gmail.com", "corp.example"], remove=["*.corp.example"]
    )
    assert changed.internal == ("boss@gmail.com", "corp.example")
    with pytest.raises(NotFound):
        await accounts.change(connection, account, remove=["other.example"])
    with pytest.raises(Refused, match="free-mail"):
        await accounts.change(connection, account, add=["docomo.ne.jp"])


async def test_writing_needs_an_account_and_says_which_there_are(connection):
    with pytest.raises(NotFound, match="bcc-dropbox account add"):
        await accounts.the_one(connection, None)
    corp = await accounts.add(connection, "Corp")
    assert await accounts.the_one(connection, None) == corp
    await accounts.add(connection, "Beta")
    with pytest.raises(Ambiguous) as caught:
        await accounts.the_one(connection, None)
    assert caught.value.choices == ("Beta", "Corp")
    assert await accounts.the_one(connection, "Corp") == corp
    with pytest.raises(NotFound, match="there are: Beta, Corp"):
        await accounts.the_one(connection, "Gamma")


async def test_a_new_user_has_a_dropbox_address_that_leads_to_the_account(
    connection, account, hanako
):
    address = await users.dropbox_address(connection, hanako, DOMAIN)
    assert hanako.email == "hanako@corp.example"
    assert address.address == f"{hanako.local}@{DOMAIN}"
    assert (address.state, len(hanako.local)) == ("active", len("hanako.") + 16)
    found = await connection.exec_driver_sql("select local, account_id from address_directory")
    assert found.all() == [(hanako.local, account.account_id)]


async def test_a_user_is_one_on_the_installation_even_in_a_race_of_accounts(engine):
    async with engine.begin() as opened:
        homes = [await accounts.add(opened, f"A{number}") for number in range(3)]

    def add(opened, number):
        return users.add(opened, homes[number % 3], "you@x.example", "You", mail_domain=DOMAIN)

    results = await at_once(engine, 9, add)
    assert len(errors(results)) == 8
    assert {str(one) for one in errors(results)} == {
        "you@x.example is a user on this installation already"
    }
    async with engine.connect() as opened:
        assert len(await users.listed(opened)) == 1


async def test_a_user_does_not_live_at_the_mail_domain(connection, account):
    with pytest.raises(Refused, match="domain of the dropbox addresses"):
        await users.add(connection, account, f"x@{DOMAIN}", "X", mail_domain=DOMAIN)


async def test_a_user_is_suspended_and_resumed(connection, hanako):
    assert (await users.set_status(connection, hanako, "suspended")).status == "suspended"
    assert (await users.set_status(connection, hanako, "active")).status == "active"


async def test_a_user_of_another_account_is_not_found_there(connection, hanako):
    beta = await accounts.add(connection, "Beta")
    with pytest.raises(NotFound, match="in that account"):
        await users.find(connection, hanako.email, beta.account_id)


async def test_the_time_zone_is_the_accounts_where_the_user_set_none(connection, account, hanako):
    await accounts.change(connection, account, timezone="Asia/Tokyo")
    assert (await users.find(connection, hanako.email)).timezone == "Asia/Tokyo"


async def test_of_nine_who_race_for_the_five_slots_five_win(engine, hanako):
    results = await at_once(
        engine,
        9,
        lambda opened, number: senders.add(
            opened, hanako, f"s{number}@home.example", mail_domain=DOMAIN
        ),
    )
    assert len(errors(results)) == 4
    assert all("5 further senders already" in str(one) for one in errors(results))
    async with engine.connect() as opened:
        assert len(await senders.listed(opened, hanako)) == 6


async def test_the_database_itself_refuses_a_sixth_slot(engine, hanako):
    with pytest.raises(IntegrityError, match="at_most_five"):
        async with engine.begin() as opened:
            await opened.exec_driver_sql(
                "insert into allowed_sender (account_id, user_id, email, slot)"
                " select account_id, id, 'x@y.example', 6 from \"user\""
            )


async def test_one_address_raced_for_takes_one_slot(engine, hanako):
    results = await at_once(
        engine,
        6,
        lambda opened, _: senders.add(opened, hanako, "home@x.example", mail_domain=DOMAIN),
    )
    assert len(errors(results)) == 5
    assert {str(one) for one in errors(results)} == {
        "home@x.example is an allowed sender of this user already"
    }


async def test_a_slot_is_free_again_after_removal(connection, hanako):
    for number in range(5):
        await senders.add(connection, hanako, f"s{number}@x.example", mail_domain=DOMAIN)
    await senders.remove(connection, hanako, "S2@x.example")
    await senders.add(connection, hanako, "new@x.example", mail_domain=DOMAIN)
    with pytest.raises(Refused, match="bcc-dropbox sender remove"):
        await senders.add(connection, hanako, "sixth@x.example", mail_domain=DOMAIN)


async def test_pending_senders_take_slots_and_are_accepted_by_adding_them_again(connection, hanako):
    added = await senders.add(
        connection, hanako, "home@x.example", mail_domain=DOMAIN, status="pending"
    )
    assert added.status == "pending"
    with pytest.raises(Refused, match="already"):
        await senders.add(
            connection, hanako, "home@x.example", mail_domain=DOMAIN, status="pending"
        )
    again = await senders.add(connection, hanako, "home@x.example", mail_domain=DOMAIN)
    assert again.status == "active"


async def test_the_primary_address_is_always_there_and_takes_no_slot(connection, hanako):
    (primary,) = await senders.listed(connection, hanako)
    assert (primary.email, primary.primary) == (hanako.email, True)
    with pytest.raises(Refused, match="primary"):
        await senders.add(connection, hanako, hanako.email, mail_domain=DOMAIN)
    with pytest.raises(Refused, match="primary"):
        await senders.remove(connection, hanako, hanako.email)
    with pytest.raises(NotFound):
        await senders.remove(connection, hanako, "stranger@x.example")


async def test_one_address_may_serve_several_users(connection, account, hanako):
    taro = await users.add(connection, account, "taro@corp.example", "Taro", mail_domain=DOMAIN)
    for user in (hanako, taro):
        await senders.add(connection, user, "support@corp.example", mail_domain=DOMAIN)


async def test_rules_not_named_stay_as_they_are(connection, hanako):
    assert await rules.of(connection, hanako) == rules.Rules(
        ("contact", "lead"), "lead", "team", 10
    )
    changed = await rules.change(connection, hanako, search=["lead"], max_new_people=0)
    assert changed == rules.Rules(("lead",), "lead", "team", 0)
    changed = await rules.change(connection, hanako, create="Nothing", visibility="private")
    assert changed == rules.Rules(("lead",), "nothing", "private", 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"search": []},
        {"search": ["lead", "lead"]},
        {"search": ["people"]},
        {"create": "account"},
        {"visibility": "public"},
        {"max_new_people": -1},
        {"max_new_people": 1001},
        {},
    ],
)
async def test_a_senseless_rule_is_refused(connection, hanako, wrong):
    with pytest.raises(Refused):
        await rules.change(connection, hanako, **wrong)


async def test_a_never_log_list_is_the_accounts_or_a_users(connection, account, hanako):
    everybody = (account.account_id, None)
    hers = (account.account_id, hanako.user_id)
    assert await never_log.add(connection, *everybody, "*.Secret.example") == "*.secret.example"
    assert await never_log.add(connection, *hers, "mum@home.example") == "mum@home.example"
    listed = await never_log.listed(connection, account.account_id, hanako.user_id)
    assert {(one.pattern, one.user) for one in listed} == {
        ("*.secret.example", None),
        ("mum@home.example", hanako.email),
    }
    with pytest.raises(NotFound):
        await never_log.remove(connection, *everybody, "mum@home.example")
    await never_log.remove(connection, *hers, "mum@home.example")
    assert len(await never_log.listed(connection)) == 1


async def test_a_pattern_stands_on_a_list_once_even_in_a_race(engine, account):
    results = await at_once(
        engine,
        5,
        lambda opened, _: never_log.add(opened, account.account_id, None, "secret.example"),
    )
    assert len(errors(results)) == 4
    assert all(isinstance(one, Refused) for one in errors(results))
