"""What the documentation says of the settings, written from their declarations.

`python -m config.reference` writes `config/example.toml` and `docs/settings.md`.
"""

import textwrap
from pathlib import Path

from config.settings import FILE_VARIABLE, Settings, default_words, example, takes, variable

CHECKOUT = Path(__file__).resolve().parent.parent

_EXAMPLE_HEAD = f"""\
# The settings of BCC Dropbox. Copy this file to bcc-dropbox.toml where the daemon starts, or name
# it in {FILE_VARIABLE}; then uncomment what shall differ. Command line and environment win.
# Written by `python -m config.reference` from the declarations in config/settings.py.
"""

_PAGE_HEAD = f"""\
# Settings

The command line comes before the environment, that before the TOML file named by
`{FILE_VARIABLE}` (or `bcc-dropbox.toml` in the working directory), that before the defaults.
In the file a setting has the name of its variable without `BCC_DROPBOX_`, in lower case, and lists
may be TOML lists; [config/example.toml](../config/example.toml) is one to start from. A variable
set to nothing counts as set. An unknown setting or a senseless value stops every command with one
line that names it. `bcc-dropbox config show` prints what is in force and where it came from.

<!-- Written by `python -m config.reference` from the declarations in config/settings.py. -->

| variable | default | takes | meaning |
|---|---|---|---|
"""


def example_toml() -> str:
    """Return a settings file with every setting in it, each commented out at its default."""
    paragraphs = [_EXAMPLE_HEAD]
    for name, field in Settings.model_fields.items():
        value = example(field) if isinstance(field.default, int) else f'"{example(field)}"'
        lines = [f"{field.description}.", f"Takes {takes(field)}."]
        if example(field) != default_words(field):
            lines.append(f"Default: {default_words(field)}.")
        lines = [*textwrap.wrap(" ".join(lines).replace("`", ""), 97), f"{name} = {value}"]
        paragraphs.append("".join(f"# {line}\n" for line in lines))
    return "\n".join(paragraphs)


def settings_page() -> str:
    """Return the page of the documentation, in Markdown, with the table of every setting."""
    rows = []
    for name, field in Settings.model_fields.items():
        words = default_words(field)
        default = f"`{words}`" if words else "nothing"
        rows.append(f"| `{variable(name)}` | {default} | {takes(field)} | {field.description} |\n")
    return _PAGE_HEAD + "".join(rows)


if __name__ == "__main__":
    (CHECKOUT / "config" / "example.toml").write_text(example_toml(), "utf-8")
    (CHECKOUT / "docs" / "settings.md").write_text(settings_page(), "utf-8")
