"""What disclosure control costs: .venv/bin/python -m benchmarks.disclosure

Rule and audit of 5,000 units, with the columns of the shipped framework and people who left blocks out, CPU seconds.
Allowed: 1 s each.
"""

import time
from pathlib import Path

import numpy as np

from assessments.instrument import parse
from assessments.scoring.audit import audit_release
from assessments.scoring.column import Column
from assessments.scoring.disclosure import plan
from assessments.scoring.patterns import Patterns
from assessments.scoring.published import columns_of

UNITS = 5_000
LEFT_OUT = 0.01  # of blocks
K = 5


def main() -> None:
    source = Path(__file__).resolve().parents[1] / "fixtures" / "customer_focus_v1.yaml"
    columns = columns_of(parse(source.read_text(encoding="utf-8")).spec())
    random = np.random.default_rng(1)
    parent = np.array([-1] + [(unit - 1) // 6 for unit in range(1, UNITS)])
    people = {
        "staff": _people(columns, "staff", random.poisson(12, UNITS), random),
        "manager": _people(columns, "manager", random.poisson(1.5, UNITS), random),
    }
    plan(columns, parent, people, K)  # the algebra of the framework is kept
    start = time.process_time()
    shown = plan(columns, parent, people, K)
    planned = time.process_time()
    verdict = audit_release(columns, parent, people, shown, K)
    audited = time.process_time()
    print(f"{UNITS} units, {len(columns)} columns, {len(people['staff'].masks)} patterns")
    print(f"rule   {planned - start:6.2f} s")
    print(f"audit  {audited - planned:6.2f} s, {len(verdict.findings)} findings")
    for kind in ("block", "lens", "all"):
        which = [c for c, column in enumerate(columns) if column.kind == kind]
        print(
            f"shown of {kind:5} {shown.all[:, which].mean():6.1%}, split {shown.split[:, which].mean():6.1%}"
        )


def _people(
    columns: tuple[Column, ...], audience: str, heads: np.ndarray, random: np.random.Generator
) -> Patterns:
    unit = np.repeat(np.arange(len(heads)), heads)
    blocks = random.random((8, len(unit))) >= LEFT_OUT
    counted = [
        blocks[[c]].all(axis=0)
        if column.kind == "block"
        else blocks[sorted(column.drawn_by(audience))].all(axis=0)
        for c, column in enumerate(columns)
        if column.kind != "all"
    ]
    return Patterns.of(counted, unit, len(heads))


if __name__ == "__main__":
    main()
