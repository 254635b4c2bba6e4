"""Figures for Prometheus: jobs, cycles, requests by kind of answer. None by address or person, so that nobody can
read from them when somebody answered."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.core.cache import cache
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from assessments.models import Cycle
from cfm.lib import jobs
from cfm.lib.models import Job

REGISTRY: Final = CollectorRegistry()
ANSWERED: Final = Counter("cfm_requests", "Requests by class of status.", ["status"], registry=REGISTRY)
SECONDS: Final = Histogram(
    "cfm_request_seconds",
    "Server time of a request in seconds.",
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
    registry=REGISTRY,
)


class Measured:
    """Middleware that counts requests and their time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        SECONDS.observe(time.perf_counter() - began)
        ANSWERED.labels(f"{response.status_code // 100}xx").inc()
        return response


class FromDatabase:
    """Jobs and cycles as they are when asked; constant in the number of queries."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        jobs_now = GaugeMetricFamily("cfm_jobs", "Jobs by kind and state.", labels=["kind", "state"])
        for kind, state, number in Job.objects.values_list("kind", "state").annotate(number=Count("pk")):
            jobs_now.add_metric([kind, state], number)
        yield jobs_now
        oldest = Job.objects.filter(state=Job.State.QUEUED).aggregate(at=Min("not_before"))["at"]
        waits = GaugeMetricFamily("cfm_oldest_job_seconds", "How long the oldest due job has waited.")
        waits.add_metric([], _age(oldest))
        yield waits
        swept = GaugeMetricFamily("cfm_swept_seconds", "Time since somebody looked for missed jobs.")
        swept.add_metric([], _age(cache.get(jobs.SWEPT)))
        yield swept
        cycles = GaugeMetricFamily("cfm_cycles", "Cycles by state.", labels=["state"])
        for state, number in Cycle.objects.order_by().values_list("state").annotate(number=Count("pk")):
            cycles.add_metric([state], number)
        yield cycles


def text() -> bytes:
    """Return all figures in Prometheus's text format; over all web processes with PROMETHEUS_MULTIPROC_DIR."""
    registry = CollectorRegistry()
    registry.register(FromDatabase())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(REGISTRY)


def _age(then: datetime | None) -> float:
    """Seconds since then, never below zero; 0 for never."""
    return 0.0 if then is None else max(0.0, (timezone.now() - then).total_seconds())
