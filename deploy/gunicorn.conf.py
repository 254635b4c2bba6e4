"""Settings of the web server; every one can be overridden in the environment (GUNICORN_CMD_ARGS)."""

import os
from typing import Any

bind = os.environ.get("CFM_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
preload_app = False  # workers that reload one after the other keep the old version serving
max_requests = 10_000
max_requests_jitter = 1_000
timeout = 60
graceful_timeout = 30
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat that waits for a slow disk would kill the worker
accesslog = None  # addresses and times of requests are personal data


def child_exit(server: Any, worker: Any) -> None:
    """Forget a dead worker's live figures."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
