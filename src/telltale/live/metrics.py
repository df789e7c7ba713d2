"""What the service counts and times, in the form that Prometheus reads. No label names a person."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Of one process."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.viewers = Gauge("telltale_viewers", "Viewers who have a window", registry=registry)
        self.connections = Gauge("telltale_connections", "Open viewers' sockets", registry=registry)
        self.rows = Counter("telltale_rows", "Rows by what became of them", ["fate"], registry=registry)
        # To look a label up costs as much as ten counts.
        self.rows_new, self.rows_again, self.rows_not_allowed = (
            self.rows.labels(fate) for fate in ("new", "late or again", "not allowed")
        )
        self.refused = Counter("telltale_refused", "Messages refused, by why", ["why"], registry=registry)
        self.seconds = Counter("telltale_seconds", "Seconds of viewers that were told", registry=registry)
        self.decisions = Counter(
            "telltale_decisions",
            "Decisions by intervention and outcome",
            ["intervention", "outcome"],
            registry=registry,
        )
        self.exposures = Counter("telltale_exposures", "Decisions that were on a screen", registry=registry)
        self.answer_s = Histogram(
            "telltale_answer_seconds",
            "From the message that closes a second to its answer",
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.decision_s = Histogram(
            "telltale_decision_seconds",
            "From the message that closes a second to its decision, committed",
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.turn_s = Histogram(
            "telltale_turn_seconds", "Of the model, for one turn", buckets=_BUCKETS_S, registry=registry
        )
        self.withdrawn = Counter("telltale_withdrawals", "Withdrawals carried out", registry=registry)
        self.stopped = Gauge("telltale_stopped", "1 while the switch is off", registry=registry)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
