"""What commands print: whole for programs, harmless for terminals."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import output

STEERING = "\x1b[2J\x07\x7f\x85\x9b31m\u202e\u2066\u2069"


@pytest.fixture
def printed(monkeypatch):
    """What is printed to a terminal of that encoding, as text."""

    def run(encoding, say, *words, **options):
        with monkeypatch.context() as patched:
            stream = io.TextIOWrapper(io.BytesIO(), encoding)
            patched.setattr("sys.stdout", stream)
            say(*words, **options)
            stream.flush()
            return stream.buffer.getvalue().decode(encoding)

    return run


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "euc-jp"])
def test_json_keeps_every_character_and_steers_no_terminal(printed, encoding):
    value = {"subject": f"見積\n\t{STEERING}", STEERING: ["\udcff", None, 1]}
    text = printed(encoding, output.document, value)
    assert json.loads(text) == value
    assert not set(STEERING) - set("[2J31m") & set(text)


@given(st.recursive(st.none() | st.text(st.characters()), st.lists))
def test_any_json_comes_back_as_it_was(value):
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdout", stream)
        output.document(value)
        stream.flush()
    text = stream.buffer.getvalue().decode()
    assert json.loads(text) == value
    assert all(one == "\n" or not output._is_control(one) for one in text)


def test_lines_and_tables_for_people_have_a_sign_in_place_of_what_steers(printed):
    for text in (
        printed("utf-8", output.say, STEERING),
        printed("utf-8", output.table, ("subject",), [(STEERING,)], empty=""),
        printed("utf-8", output.table, ("addresses",), [([STEERING],)], empty=""),
    ):
        assert "\ufffd" in text
        assert not set(STEERING) - set("[2J31m") & set(text)
