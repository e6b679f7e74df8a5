"""Numbers that several processes share, and how Prometheus is told them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from cli.exposition import exposition
from config.settings import Settings
from dropbox.filing.outcomes import OUTCOMES, Reason
from dropbox.metrics import FAMILIES, RESTARTS, Board, Limit, Metrics, State
from dropbox.trust.verdict import Verdict

FIXED_LIMITS = {"accept_seconds"}
LARGEST_LABEL_SET = 40


def samples(board: Board, *, ready: bool = True) -> dict[str, float]:
    """Return what is exposed, as `name{label=value,...}` without the prefix."""
    text, _ = exposition(board, ready=ready)
    return {
        one.name.removeprefix("bcc_dropbox_")
        + "".join(f"{{{','.join(one.labels.values())}}}" if one.labels else ""): one.value
        for family in text_string_to_metric_families(text.decode())
        for one in family.samples
    }


def test_everything_is_there_at_zero_before_anything_happens() -> None:
    found = samples(Board(2), ready=False)
    assert {f"outcomes_total{{{row.outcome},{reason}}}" for reason, row in OUTCOMES.items()} <= set(
        found
    )
    assert {f"verdicts_total{{{verdict}}}" for verdict in Verdict} <= set(found)
    not_zero = {name: value for name, value in found.items() if value}
    assert {re.sub(r"\{.*", "", name) for name in not_zero} == {"build_info", "workers"}


def test_numbers_of_all_processes_are_added_up() -> None:
    board = Board(2)
    first, second, supervisor = (Metrics(board, number) for number in range(3))
    first.outcomes.add(Reason.FILED)
    second.outcomes.add(Reason.FILED, 2)
    second.outcomes[Reason.TOO_BIG] += 1
    supervisor.restarts.add()
    first.connections.add(3)
    second.connections.add(-1)
    first.dns_queries.add("txt")
    first.dns_cache_hits.add()
    first.verdicts.add(Verdict.FORGED)
    found = samples(board)
    assert found["outcomes_total{filed,filed}"] == 3
    assert found["outcomes_total{refused,too_big}"] == 1
    assert found["worker_restarts_total"] == 1
    assert found["open_connections"] == 2
    assert found["dns_queries_total{txt}"] == 1
    assert found["dns_cache_hits_total"] == 1
    assert found["verdicts_total{forged}"] == 1
    assert second.outcomes[Reason.FILED] == 2


def test_a_value_counts_up_to_its_bound_and_beyond_the_last_one_as_well() -> None:
    board = Board()
    for size in (1, 2, 3, 64, 65):
        Metrics(board).batch_mails.observe(size)
    found = samples(board)
    counted = [found[f"batch_mails_bucket{{{le}}}"] for le in ("1.0", "2.0", "4.0", "64.0", "+Inf")]
    assert counted == [1, 2, 3, 4, 5]
    assert found["batch_mails_count"] == 5
    assert found["batch_mails_sum"] == 135


def test_who_dies_leaves_what_it_counted_and_nothing_that_it_had_open() -> None:
    board = Board(2)
    killed, other = Metrics(board, 0), Metrics(board, 1)
    for one in (killed, other):
        one.outcomes.add(Reason.FILED)
        one.connections.add()
        one.in_memory.add(1000)
        one.spilled.add(5000)
        one.become(State.READY)
    board.forget(0)
    assert board.states == [State.STARTING, State.READY]
    Metrics(board, 0).outcomes.add(Reason.FILED)
    found = samples(board)
    assert found["outcomes_total{filed,filed}"] == 3
    assert found["open_connections"] == 1
    assert found["mail_in_flight_bytes{memory}"] == 1000
    assert found["mail_in_flight_bytes{spill}"] == 5000


def test_mail_is_taken_as_soon_and_as_long_as_one_worker_does() -> None:
    board = Board(2)
    first, second = Metrics(board, 0), Metrics(board, 1)
    seen = [board.state]
    for one, state in (
        (first, State.READY),
        (second, State.READY),
        (first, State.DRAINING),
        (second, State.DRAINING),
    ):
        one.become(state)
        seen.append(board.state)
    ready = [State.READY] * 3
    assert seen == [State.STARTING, *ready, State.DRAINING]


def test_a_limit_that_is_an_outcome_too_is_counted_once_and_shown_as_both() -> None:
    board = Board()
    metrics = Metrics(board)
    metrics.outcomes.add(Reason.RATE)
    metrics.limits.add(Limit.MAX_ERRORS)
    found = samples(board)
    assert found["limits_hit_total{rate_per_address}"] == 1
    assert found["outcomes_total{put_off,rate}"] == 1
    assert found["limits_hit_total{max_errors}"] == 1
    assert sum(value for name, value in found.items() if name.startswith("limits_hit")) == 2


def test_limits_are_called_like_the_settings_that_move_them() -> None:
    assert set(Limit) - set(Settings.model_fields) == FIXED_LIMITS


def label_values() -> Iterator[str]:
    for family in FAMILIES:
        for values in family.values:
            yield from values


def test_labels_are_few_and_words_of_ours_which_nobody_outside_can_add_to() -> None:
    assert all(re.fullmatch("[a-z][a-z_]*", value) for value in label_values())
    assert max(family.cells for family in FAMILIES) <= LARGEST_LABEL_SET
    assert sum(family.cells for family in FAMILIES) < 256
    board = Board()
    before = samples(board).keys()
    metrics = Metrics(board)
    stranger = "hanako.abcdefghijklmnop@dropbox.example"
    for counts in (metrics.outcomes, metrics.limits, metrics.verdicts):
        with pytest.raises(KeyError):
            counts.add(stranger)
    metrics.dns_queries.add(stranger)
    metrics.dns_failures.add("evil.example")
    after = samples(board)
    assert after.keys() == before
    assert after["dns_queries_total{other}"] == after["dns_failures_total{other}"] == 1


def test_who_asks_for_openmetrics_gets_it() -> None:
    text, content_type = exposition(
        Board(), ready=True, accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    )
    assert content_type.startswith("application/openmetrics-text")
    names = {one.name for one in openmetrics.text_string_to_metric_families(text.decode())}
    assert {f"bcc_dropbox_{family.name}" for family in FAMILIES} <= names
    assert f"bcc_dropbox_{RESTARTS.name}" in names


def test_the_page_for_operations_names_every_metric_and_none_that_is_not_there() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text("utf-8")
    exposed = {name.partition("{")[0] for name in samples(Board())}
    alerted = set(re.findall(r"\bbcc_dropbox_([a-z_]+)", page)) - {""}
    assert len(alerted) >= 5
    assert alerted <= exposed
    table = page.partition("| metric (`bcc_dropbox_...`) | counts |")[2].partition("\n\n")[0]
    listed = set(re.findall(r"`([a-z_]+)[`{]", table))
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in exposed}
    assert shown <= listed
