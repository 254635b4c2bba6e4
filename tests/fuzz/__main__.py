"""`make fuzz`: so many generated requests in several processes; exits with 1 when one was answered as none should."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBER = 100_000


def main() -> int:
    reader = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    reader.add_argument("--requests", type=int, default=NUMBER)
    reader.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    reader.add_argument("--seed", type=int, default=int(time.time()))
    reader.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = reader.parse_args()
    if options.worker:
        return work(options.requests, options.seed)
    return spread(options.requests, options.processes, options.seed)


def spread(number: int, processes: int, seed: int) -> int:
    """Start the processes, wait for them, and print what they found."""
    share = -(-number // processes)
    print(f"{number} requests in {processes} processes, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for place in range(processes):
            data = Path(folder) / str(place)
            data.mkdir()
            environment = os.environ | {"CFM_DATA_DIR": str(data), "LOG_LEVEL": "CRITICAL"}
            command = [sys.executable, "-m", "tests.fuzz", "--worker", f"--requests={share}"]
            command.append(f"--seed={seed + place * 1_000_003}")
            running.append(
                subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
            )
        told = [json.loads(one.communicate()[0].splitlines()[-1]) for one in running]
    return report(told)


def report(told: list[dict]) -> int:
    statuses: Counter[str] = Counter()
    faults: dict[str, str] = {}
    names: set[str] = set()
    for one in told:
        statuses.update(one["statuses"])
        faults |= one["faults"]
        names |= set(one["names"])
    print(f"{sum(statuses.values())} requests to {len(names)} addresses")
    for status, count in sorted(statuses.items()):
        print(f"{count:>8}  {status}")
    for fault, example in faults.items():
        print(f"FAULT {fault}\n      {example}")
    print(f"{len(faults)} faults")
    return bool(faults)


def work(number: int, seed: int) -> int:
    """Send a share of the requests from this process, in a database of its own; prints the outcome as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cfm.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import override_settings, setup_databases, setup_test_environment

    setup_test_environment()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        settings.DATABASES["default"]["TEST"] = {"NAME": f"fuzz_{os.getpid()}"}
    old = setup_databases(verbosity=0, interactive=False)
    from tests.fuzz.send import Outcome, run
    from tests.integration.test_permissions import make_world, undone

    def tell(outcome: Outcome) -> None:
        print(f"{outcome.sent} sent, {len(outcome.faults)} faults", file=sys.stderr, flush=True)
        for fault in list(outcome.faults)[len(shown) :]:
            shown.append(fault)
            print(f"  {fault}\n    {outcome.faults[fault]}", file=sys.stderr, flush=True)

    shown: list[str] = []
    try:
        with undone(), override_settings(WHITENOISE_AUTOREFRESH=True):
            outcome = run(make_world(), number=number, seed=seed, look=True, tell=tell)
    finally:
        for connection, name, destroy in old:
            if destroy:
                connection.creation.destroy_test_db(name, verbosity=0)
    told = {"statuses": outcome.statuses, "faults": outcome.faults, "names": sorted(outcome.names)}
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
