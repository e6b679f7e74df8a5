"""How an address with its name is shown to people."""

import pytest

from cli.reading import named


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Taro Yamada", "Taro Yamada <taro@client.example>"),
        ("J. R. Smith Jr.", "J. R. Smith Jr. <taro@client.example>"),
        ("山田 太郎", "山田 太郎 <taro@client.example>"),
        ("Yamada, Taro", '"Yamada, Taro" <taro@client.example>'),
        ("Taro (Tokyo)", '"Taro (Tokyo)" <taro@client.example>'),
        ('Taro "T" Yamada', '"Taro \\"T\\" Yamada" <taro@client.example>'),
        ("back\\slash", '"back\\\\slash" <taro@client.example>'),
        ("", "taro@client.example"),
    ],
)
def test_a_name_that_would_read_as_several_addresses_is_quoted(name, shown):
    assert named({"email": "taro@client.example", "name": name}) == shown


def test_an_address_on_a_never_log_list_is_dots():
    assert named({"email": None, "name": None}) == "••••"
