"""Counts and times for Prometheus, in a registry of the application's own; of several processes, their sums."""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PHOTOS = (1, 2, 4, 8, 16, 32, 64)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""In the environment, the folder where several processes count; the library looks for it when it is first imported."""


class Metrics:
    """What is counted: by this process alone, which tells of itself too, or by all that share a folder."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.shared = FOLDER in os.environ
        if not self.shared:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "captioner_requests", "Requests by path and status.", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "captioner_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ["path"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batches = Histogram(
            "captioner_batch_photos", "Photos in a batch.", ["work"], buckets=PHOTOS, registry=self.registry
        )
        self.network_seconds = Histogram(
            "captioner_network_seconds", "Time of a batch.", ["work"], buckets=SECONDS, registry=self.registry
        )
        self.places, self.arriving = (
            Gauge(name, text, multiprocess_mode="livesum", registry=self.registry)
            for name, text in (
                ("captioner_places_taken", "Requests in the house."),
                ("captioner_photos_arriving", "Photos that are not there yet."),
            )
        )
        self.readers_ended = Counter(
            "captioner_readers_ended",
            "Reader processes ended: their work was slow, or its client left.",
            registry=self.registry,
        )
        self.searches_stopped = Counter(
            "captioner_searches_stopped",
            "Batches given up because all their clients left.",
            registry=self.registry,
        )
        self.connections_closed = Counter(
            "captioner_connections_closed",
            "Connections that the service closed before their time, by what they were at.",
            ["during"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        if not self.shared:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def forget(process: int | None) -> None:
    """What a process that died had in the house is no more; what it counted stays."""
    mark_process_dead(process)  # type: ignore[no-untyped-call]
