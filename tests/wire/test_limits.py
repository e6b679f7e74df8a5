import os
from ipaddress import ip_network

import pytest

from dropbox.wire.limits import ConnectionLimits, MemoryBudget, Tally, TrustedNetworks, unmapped

TRUSTED = TrustedNetworks([ip_network("192.0.2.0/24"), ip_network("2001:db8:1::/48")])


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", ""),
        ("/run/dropbox.sock", ""),
    ],
)
def test_a_peer_has_one_form(host, peer):
    assert unmapped(host) == peer


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("192.0.2.77", True),
        ("192.0.3.77", False),
        ("2001:db8:1:2::3", True),
        ("2001:db8:2::3", False),
        ("", True),
    ],
)
def test_networks_are_trusted_and_so_is_a_unix_socket(peer, trusted):
    assert (peer in TRUSTED) is trusted


def test_an_ipv6_customer_is_a_64():
    limits = ConnectionLimits(100, 2, TRUSTED)
    assert limits.enter("2001:db8:2::1")
    assert limits.enter("2001:db8:2::ffff:ffff:ffff:ffff")
    assert not limits.enter("2001:db8:2::2")
    assert limits.enter("2001:db8:2:1::1")


def test_an_ipv4_peer_is_an_address():
    limits = ConnectionLimits(100, 1, TRUSTED)
    assert limits.enter("203.0.113.1")
    assert not limits.enter("203.0.113.1")
    assert limits.enter("203.0.113.2")
    limits.leave("203.0.113.1")
    assert limits.enter("203.0.113.1")


def test_trusted_peers_count_in_the_total_alone():
    limits = ConnectionLimits(5, 1, TRUSTED)
    assert all(limits.enter("192.0.2.1") for _ in range(5))
    assert not limits.enter("192.0.2.1")
    assert not limits.enter("203.0.113.1")
    limits.leave("192.0.2.1")
    assert limits.enter("203.0.113.1")
    assert limits.open == 5


def test_what_left_is_forgotten():
    limits = ConnectionLimits(5, 2, TRUSTED)
    for _ in range(10):
        assert limits.enter("203.0.113.1")
        limits.leave("203.0.113.1")
    assert limits.open == 0
    assert limits._tally.count(limits._tally.row_of("203.0.113.1")) == 0


def test_the_connections_of_all_workers_count_together():
    tally = Tally(3)
    first, second, third = (ConnectionLimits(4, 2, TRUSTED, tally, number) for number in range(3))
    assert first.enter("203.0.113.1")
    assert second.enter("203.0.113.1")
    assert not third.enter("203.0.113.1")
    assert third.enter("203.0.113.2")
    assert second.enter("203.0.113.3")
    assert not first.enter("203.0.113.4")
    second.leave("203.0.113.1")
    assert third.enter("203.0.113.1")
    assert (first.open, second.open, third.open) == (1, 1, 2)


def test_what_a_killed_worker_held_is_forgotten_when_the_next_one_begins():
    tally = Tally(2)
    killed, other = (ConnectionLimits(9, 1, TRUSTED, tally, number) for number in range(2))
    assert killed.enter("203.0.113.1")
    assert other.enter("203.0.113.2")
    successor = ConnectionLimits(9, 1, TRUSTED, tally, 0)
    assert successor.enter("203.0.113.1")
    assert not successor.enter("203.0.113.2")
    assert tally.count() == 2


def test_forks_see_what_each_other_counts():
    tally = Tally(2)
    child = os.fork()
    if child == 0:
        tally.add(1, tally.row_of("203.0.113.1"), 3)
        os._exit(0)
    os.waitpid(child, 0)
    assert tally.count(tally.row_of("203.0.113.1")) == 3


def test_memory_is_taken_as_long_as_it_lasts():
    budget = MemoryBudget(10)
    assert budget.take(6)
    assert not budget.take(5)
    assert budget.take(4)
    budget.give(6)
    assert budget.used == 4
