"""The numbers of the daemon as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from dropbox.metrics import FAMILIES, Board, Family, State

PREFIX = "bcc_dropbox_"


def exposition(board: Board, *, ready: bool, accept: str = "") -> tuple[bytes, str]:
    """Return all numbers and their content type, in the newest format that `accept` takes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(board, ready=ready))
    encoder, content_type = choose_encoder(accept)
    return encoder(registry), content_type


class _Numbers(Collector):
    def __init__(self, board: Board, *, ready: bool) -> None:
        self._board = board
        self._ready = ready

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            f"{PREFIX}build", "What runs here", value={"version": _program_version()}
        )
        yield GaugeMetricFamily(
            f"{PREFIX}ready", "1 while mail is taken and the database answers", float(self._ready)
        )
        states = self._board.states
        workers = GaugeMetricFamily(
            f"{PREFIX}workers", "Workers by how far they are", labels=["state"]
        )
        for state in State:
            workers.add_metric([state.name.lower()], states.count(state))
        yield workers
        for family in FAMILIES:
            yield _metric(family, self._board.read(family))


def _metric(family: Family, cells: Sequence[float]) -> Metric:
    name = PREFIX + family.name
    if family.kind == "histogram":
        *counted, total = cells
        bounds = [*map(floatToGoString, (*family.bounds, float("inf")))]
        buckets = list(zip(bounds, accumulate(counted), strict=True))
        return HistogramMetricFamily(name, family.meaning, buckets, total)
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(name, family.meaning, labels=family.labels)
    for values, number in zip(family.values, cells, strict=True):
        metric.add_metric(values, number)
    return metric


@cache
def _program_version() -> str:
    return version("bcc-dropbox")
