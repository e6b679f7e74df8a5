"""Identifiers that sort by time and can be named again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dropbox.ids import derive, mint


def test_minted_identifiers_are_uuid_version_7() -> None:
    one = mint()
    assert (one.version, one.variant) == (7, "specified in RFC 4122")


@given(st.text())
def test_a_derived_identifier_is_always_the_same_and_carries_the_parents_time(name: str) -> None:
    parent = mint()
    derived = derive(parent, "person", name)
    assert derived == derive(parent, "person", name)
    assert derived.version == 7
    assert derived.int >> 80 == parent.int >> 80


def test_other_names_and_other_parents_give_other_identifiers() -> None:
    one, two = mint(), mint()
    assert len({derive(one, "a"), derive(one, "b"), derive(two, "a"), one, two}) == 5


def test_names_cannot_run_into_each_other() -> None:
    parent = mint()
    assert derive(parent, "a", "bc") != derive(parent, "ab", "c")
