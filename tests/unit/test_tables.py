"""Tables: a line a row in a pipe; on a terminal whole times and identifiers, whatever its width."""

import subprocess
import sys

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cli import output, tables
from cli.main import app

ID = "01a214e5-b662-7e01-96ab-1f34105b41a7"
COLUMNS = ("received", "reason", "subject", "id")
ROWS = [
    ("2026-11-25 22:48", "sender_not_allowed", "Our offer", ID),
    ("2026-11-26 09:00", "filed", "お見積りの件", ID),
]
LONG = [("2026-11-25 22:48", "filed", "word " * 50, ID)]


def lines(width, rows=ROWS):
    return list(tables.drawn(COLUMNS, rows, width))


def test_in_a_pipe_each_row_is_one_line_however_long():
    assert lines(None, LONG) == [
        f"received          reason  {'subject':250}  id",
        f"2026-11-25 22:48  filed   {'word ' * 50}  {ID}",
    ]


def test_what_fits_stands_in_one_line_under_a_rule():
    assert lines(100) == [
        "received          reason              subject       id",
        "─" * (16 + 2 + 18 + 2 + 12 + 2 + 36),
        f"2026-11-25 22:48  sender_not_allowed  Our offer     {ID}",
        f"2026-11-26 09:00  filed               お見積りの件  {ID}",
    ]


def test_what_does_not_fit_goes_on_beneath_and_breaks_no_time_and_no_identifier():
    assert lines(60)[:2] == [
        "received          reason              subject",
        "    id",
    ]
    assert lines(60)[3:] == [
        "2026-11-25 22:48  sender_not_allowed  Our offer",
        f"    {ID}",
        "2026-11-26 09:00  filed               お見積りの件",
        f"    {ID}",
    ]


def test_long_text_is_wrapped_between_words():
    words = [" ".join(["word"] * count) for count in (12, 12, 12, 12, 2)]
    assert lines(80, LONG)[4:] == [
        "2026-11-25 22:48  filed",
        *(f"    {line}" for line in words),
        f"    {ID}",
    ]


@given(
    st.lists(st.tuples(st.text("ab 漢c"), st.text("abc"), st.text("d 字")), min_size=1),
    st.integers(1, 90),
)
def test_no_line_is_wider_than_the_terminal_and_no_sign_is_lost(rows, width):
    drawn = list(tables.drawn(("a", "b", "c"), rows, width))
    assert all(cell_len(line) <= max(width, 6) for line in drawn)
    said = "".join("".join(row) for row in rows)
    assert sorted("".join(drawn[0:]).replace(" ", "").replace("─", "")) == sorted(
        "abc" + said.replace(" ", "")
    )


class Terminal:
    """Standard output that is a terminal of 60 cells."""

    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text


@pytest.fixture
def shown(monkeypatch):
    """What a table shows on that terminal."""

    def run(columns, rows, **options):
        with monkeypatch.context() as patched:
            terminal = Terminal()
            patched.setattr("sys.stdout", terminal)
            patched.setenv("COLUMNS", "60")
            output.table(columns, rows, empty="", **options)
            return terminal.text

    return run


def test_on_a_terminal_lists_are_shortened_and_more_rows_are_offered(shown):
    rows = [([f"p{number}@corp.example" for number in range(9)],)] * 2
    text = shown(("filed on",), rows, limit=2)
    assert text.splitlines()[2:] == [
        *["p0@corp.example, p1@corp.example, p2@corp.example and 6", "more"] * 2,
        "The newest 2; --limit shows more.",
    ]


def test_fewer_rows_than_the_limit_are_all_there_are(shown):
    text = shown(("user",), [("hanako@corp.example",)], limit=2)
    assert text.splitlines()[2:] == ["hanako@corp.example"]


def test_help_says_whole_sentences(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    root = typer.main.get_command(app)
    for group in (root, root.commands["held"]):
        context = group.context_class(group, info_name=group.name)
        text = group.get_help(context)
        assert "..." not in text.partition("Commands:")[2]


def test_a_command_loads_nothing_that_only_others_need():
    code = "import sys, cli.main; print([*{'sqlalchemy', 'lxml', 'dns'} & set(sys.modules)])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout == "[]\n"
