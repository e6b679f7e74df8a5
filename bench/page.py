"""`python -m bench.page [RESULTS.json]`: the measured part of docs/performance.md, and its chart.

What people wrote on the page, outside the two marks, stays as it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.chart import chart
from bench.processes import ROOT
from bench.report import recorded_lines
from bench.results import Results
from bench.tables import (
    Table,
    aims_table,
    as_markdown,
    functions_table,
    load_tables,
    memory_table,
    paced_table,
    profile_table,
)

PAGE = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "performance.svg"
RESULTS = ROOT / "docs" / "performance.json"

BEGIN = "<!-- Written by `python -m bench.page`. -->"
END = "<!-- Written by hand from here on. -->"


def write(results: Results) -> None:
    """Write the results, the page and its chart below docs/."""
    RESULTS.write_text(json.dumps(results.as_json(), indent=1, ensure_ascii=False) + "\n")
    CHART.write_text(chart(results))
    PAGE.write_text(merged(PAGE.read_text() if PAGE.exists() else "", results))


def merged(page: str, results: Results) -> str:
    """Return `page` with its measured part replaced, or that part alone where there is none."""
    before, begun, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        before, after = "# Performance\n\n", "\n"
    return f"{before}{BEGIN}\n\n{chr(10).join(_measured(results))}\n\n{END}{after}"


def _measured(results: Results) -> Iterator[str]:
    yield f"`{results.command}`, {results.date}: {results.length}."
    yield ", ".join(f"{name} {value}" for name, value in results.environment.items()) + "."
    yield ""
    yield "![Mails a second](performance.svg)"
    yield from _section(aims_table(results), "##")
    yield ""
    yield from (f"- {line}" for line in recorded_lines(results))
    yield ""
    yield "## Loads"
    yield ""
    yield (
        "Medians, in brackets the least and the most of the rounds. CPU is in microseconds a mail;"
        " latency goes from the last byte of a mail to its 250."
    )
    for table in load_tables(results):
        yield from _section(table, "###")
    for table in (paced_table(results), memory_table(results)):
        yield from _section(table, "##")
    yield from _section(profile_table(results.profiles), "##")
    for profile in results.profiles[:1]:
        # Those of the other loads are in the JSON.
        yield from _section(functions_table(profile), "###")


def _section(table: Table, mark: str) -> Iterator[str]:
    if not table.rows:
        return
    yield ""
    yield f"{mark} {table.title}"
    yield ""
    yield from as_markdown(table)


def main() -> None:
    """Write the page anew from results that are there already."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    write(Results.from_json(json.loads(path.read_text())))


if __name__ == "__main__":
    main()
