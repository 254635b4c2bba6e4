"""Pages of the whole product that belong to no app."""

import sys
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from cfm.celery import app
from cfm.lib import worker
from cfm.operation import metrics as operation_metrics
from cfm.styleguide import sample

# A database or broker that is away, hangs, is locked or has no room left.
AWAY: Final = (OperationalError, InterfaceError, RedisError)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply" if waiting else "ok"


def _broker() -> str:
    """Whether jobs get to a worker: the broker answers, and where the worker is in this process, it listens."""
    if worker.embedded is not None and not worker.embedded.alive:
        return "no worker"
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return "ok"


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say whether database, migrations and broker are well: 200 only if all are, else 503."""
    report = {}
    for name, check in (("database", _database), ("migrations", _migrations), ("broker", _broker)):
        try:
            report[name] = check()
        except Exception as error:  # whatever is wrong, the answer is a report
            report[name] = type(error).__name__
    well = all(state == "ok" for state in report.values())
    return JsonResponse({"ok": well, **report}, status=200 if well else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus; not found without the token that METRICS_TOKEN names."""
    sent = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(sent, wanted):
        raise Http404
    return HttpResponse(operation_metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what went wrong: 503, to be tried again, when a service is away or busy, else 500."""
    if isinstance(sys.exc_info()[1], AWAY):
        answer = render(request, "503.html", status=503)
        answer["Retry-After"] = "30"
        return answer
    return render(request, "500.html", status=500)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component with sample data."""
    return render(request, "components/styleguide.html", sample(request.GET.get("page", "2")))
