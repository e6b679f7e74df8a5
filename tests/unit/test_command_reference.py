"""`docs/commands.md` and shell completion: both come from the commands themselves."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.deliver import NO_USER, REFUSED, TRY_AGAIN
from cli.main import app
from cli.reference import CHECKOUT, commands_page

BASH = shutil.which("bash")


def commands(group, *path):
    """Every command that is shown, by its words."""
    for name, one in group.commands.items():
        if not one.hidden and hasattr(one, "commands"):
            yield from commands(one, *path, name)
        elif not one.hidden:
            yield " ".join([*path, name]), one


@pytest.fixture(scope="module")
def all_commands():
    return dict(commands(typer.main.get_command(app)))


def section(page, words):
    found = re.search(rf"^##+ {re.escape(words)}\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no section {words}"
    return found[1]


def test_the_page_is_written_from_the_commands_as_they_are():
    page = (CHECKOUT / "docs" / "commands.md").read_text("utf-8")
    assert page == commands_page(), "write it anew: python -m cli.reference"


def test_every_command_is_there_with_its_usage_and_every_option(all_commands):
    page = commands_page()
    assert {"doctor", "stats", "user add", "held list"} <= all_commands.keys()
    for words, command in all_commands.items():
        said = section(page, words)
        assert f"bcc-dropbox {words}" in said
        assert command.help.split()[0] in said
        for parameter in command.params:
            shown = parameter.metavar if parameter.param_type_name == "argument" else None
            for name in [shown] if shown else parameter.opts:
                assert f"`{name}" in said, (words, name)
            if parameter.required:
                assert str(shown or parameter.opts[0]) in said.partition("```\n")[0], words


def test_what_is_hidden_stays_hidden():
    assert "\n## run\n" not in commands_page()


def test_links_lead_to_sections():
    page = commands_page()
    links = re.findall(r"\]\(#([\w-]+)\)", page)
    assert len(links) > 10
    for link in links:
        assert section(page, link)


def test_help_is_shown_as_it_is_and_not_as_markdown():
    page = commands_page()
    assert r"\*.example.com" in page
    assert not re.search(r"^[^`]*<[a-z]+>[^`]*$", page, re.MULTILINE)


def test_the_exit_codes_of_deliver_are_those_of_sysexits():
    page = commands_page()
    assert (REFUSED, NO_USER, TRY_AGAIN) == (65, 67, 75)
    for code in (0, 1, 2, 65, 67, 75, 130):
        assert re.search(rf"^\| {code} \| \w", page, re.MULTILINE)


@pytest.fixture
def shell(tmp_path):
    """A bash whose PATH has `bcc-dropbox`, and a home of its own."""
    if BASH is None:
        pytest.skip("no bash")
    program = tmp_path / "bin" / "bcc-dropbox"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
    program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if "BCC_DROPBOX" not in name}
    environment |= {
        "HOME": str(tmp_path),
        "PATH": f"{program.parent}:{environment['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
    }

    def run(script, **settings):
        return subprocess.run(
            [BASH, "--norc", "-c", f"{script}\n:"],  # `:` keeps bash there to be detected
            env={**environment, **settings},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def completed(shell, script, *words):
    """What bash offers for the last of these words."""
    listed = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({listed})\nCOMP_CWORD={len(words) - 1}\n"
    asked += '_bcc_dropbox_completion bcc-dropbox\necho "${COMPREPLY[@]}"'
    done = shell(f"{script}\n{asked}")
    assert done.stderr == ""
    return done.stdout.split()


def test_completion_that_is_installed_completes_commands_options_and_choices(shell, tmp_path):
    done = shell("bcc-dropbox --install-completion")
    assert (done.returncode, done.stderr) == (0, "")
    bashrc = Path(tmp_path / ".bashrc").read_text("utf-8")
    assert completed(shell, bashrc, "bcc-dropbox", "doc") == ["doctor"]
    assert completed(shell, bashrc, "bcc-dropbox", "user", "s") == ["show", "suspend"]
    assert completed(shell, bashrc, "bcc-dropbox", "stats", "--s") == ["--since"]
    assert completed(shell, bashrc, "bcc-dropbox", "stats", "--by", "") == ["user", "day", "person"]


def test_the_script_is_the_same_however_it_is_asked_for(shell):
    shown = shell("bcc-dropbox --show-completion")
    assert "complete -o default -F _bcc_dropbox_completion bcc-dropbox" in shown.stdout
    named = shell("bcc-dropbox", _BCC_DROPBOX_COMPLETE="source_bash")
    assert named.stdout.strip() == shown.stdout.strip()
    for kind in ("zsh", "fish"):
        done = shell("bcc-dropbox", _BCC_DROPBOX_COMPLETE=f"source_{kind}")
        assert f"complete_{kind}" in done.stdout
    assert shown.stderr == ""
