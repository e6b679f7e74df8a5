"""`config`: the settings as they are."""

from __future__ import annotations

from cli import options, output
from cli.group import group
from config import describe, load

app = group("Settings: what they are, and where they came from.")


@app.command()
def show(as_json: options.Json = False) -> None:
    """Print every setting, its value, where it came from, its unit and its meaning."""
    rows = describe(load())
    if as_json:
        output.document(
            [
                {
                    "name": row.name,
                    "variable": row.variable,
                    "value": row.value,
                    "source": row.source,
                    "unit": row.unit or None,
                    "meaning": row.meaning,
                }
                for row in rows
            ]
        )
        return
    output.table(
        ("variable", "value", "from", "unit", "meaning"),
        [(row.variable, row.value, row.source, row.unit, row.meaning) for row in rows],
        empty="",
    )
