"""Score 100,000 responses × 43 items over 500 units: our path beside naive pandas on the same answers.

Run: `python benchmarks/scoring.py [responses] [units]`. Prints CPU seconds (medians of three, interleaved), the
ratio, and the peak memory of the process. Both compute person means per block and unit means up the tree; ours also
computes every other figure, drivers with their bootstrap and the screen for careless answers, chooses what may be
shown, statements included, and audits it.
"""

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cfm.settings")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import django  # noqa: E402

django.setup()

import numpy as np  # noqa: E402

from assessments.instrument import parse  # noqa: E402
from assessments.scoring import disclosure  # noqa: E402
from assessments.scoring.careless import careless  # noqa: E402
from assessments.scoring.cube import Cube  # noqa: E402
from assessments.scoring.drivers import drivers  # noqa: E402
from assessments.scoring.figures import figures  # noqa: E402
from assessments.scoring.published import columns_of  # noqa: E402
from assessments.scoring.statements import plan_statements  # noqa: E402
from assessments.scoring.tally import decode, tally, tally_judged  # noqa: E402

ALPHABET = np.frombuffer(b"012345x", dtype=np.uint8)
CHANCES = [0.02, 0.1, 0.2, 0.3, 0.25, 0.1, 0.03]


def make(spec, responses: int, units: int):
    rng = np.random.default_rng(7)
    parent = np.array([-1, *((np.arange(1, units) - 1) // 8)])
    unit = np.sort(rng.integers(0, units, responses))
    items = len(spec.items["staff"])
    buffer = rng.choice(ALPHABET, (responses, items), p=CHANCES).tobytes()
    return parent, unit, buffer


def ours(spec, columns, parent, unit, buffer):
    units = len(parent)
    codes = decode(buffer, len(spec.items["staff"]))
    nobody = np.zeros((0, len(spec.items["manager"])), dtype=np.uint8)
    staff, judged = tally_judged(spec, "staff", codes, unit, units)
    cube = Cube(
        {"staff": staff, "manager": tally(spec, "manager", nobody, np.zeros(0, dtype=np.int64), units)}
    )
    people = {audience: cube[audience].patterns for audience in spec.audiences}
    shown, _certificate = disclosure.plan_audited(columns, parent, people, 5)
    table = figures(spec, cube, parent=parent, invited=None, evidence=None, shown=shown)
    flagged = careless(codes, spec.options)
    tally(spec, "staff", codes[flagged], unit[flagged], units)
    drivers(judged.scores)
    plan_statements(spec, cube, parent=parent, shown=shown, table=table, k=5)
    return table


def naive(spec, parent, unit, buffer):
    import pandas as pd

    items = spec.items["staff"]
    table = pd.DataFrame(
        np.frombuffer(buffer, dtype=np.uint8).reshape(-1, len(items)), columns=[item.code for item in items]
    )
    table = table.replace({ord(c): np.nan if c in "0x" else float(c) for c in "012345x"}).astype(float)
    blocks: dict[str, list[str]] = {}
    for item in items:
        if item.reverse:
            table[item.code] = spec.minimum + spec.maximum - table[item.code]
        if item.dimensions:
            blocks.setdefault(item.dimensions["blocks"], []).append(item.code)
    people = pd.DataFrame(
        {
            b: table[codes].mean(axis=1).where(table[codes].count(axis=1) * 2 >= len(codes))
            for b, codes in blocks.items()
        }
    )
    frames = []
    for top in range(len(parent)):
        below, waiting = [], [top]
        while waiting:
            one = waiting.pop()
            below.append(one)
            waiting.extend(np.flatnonzero(parent == one))
        frames.append(people[np.isin(unit, below)].agg(["mean", "std", "count"]))
    return frames


def cpu(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def main(responses: int = 100_000, units: int = 500) -> None:
    spec = parse((ROOT / "fixtures/customer_focus_v1.yaml").read_text()).spec()
    columns = columns_of(spec)
    parent, unit, buffer = make(spec, responses, units)
    mine, theirs = [], []
    for _round in range(3):
        mine.append(cpu(lambda: ours(spec, columns, parent, unit, buffer)))
        theirs.append(cpu(lambda: naive(spec, parent, unit, buffer)))
    a, b = statistics.median(mine), statistics.median(theirs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{responses} responses, {units} units")
    print(f"cube, figures, rule and audit  {a:8.2f} CPU s")
    print(f"naive pandas (blocks only)     {b:8.2f} CPU s   ratio {b / a:.1f}")
    print(f"peak memory of both together   {peak:8.0f} MB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
