"""What must be true afterwards: the stored answers against the ledger, figures against plain arithmetic, mails once."""

import csv
import io
import json
from collections import Counter
from email.message import EmailMessage
from typing import Any

from tests.torture.load import Ledger, read
from tests.torture.plant import Plant

STORED = """
import json
from assessments.models import Cycle, Draft, Envelope, Invitation, Response
cycle = Cycle.objects.get(code={code!r})
print(json.dumps(dict(
    codes=list(Response.objects.filter(cycle=cycle).order_by("pk").values_list("codes", flat=True)),
    envelopes=Envelope.objects.filter(cycle=cycle).count(), drafts=Draft.objects.filter(cycle=cycle).count(),
    submitted=Invitation.objects.filter(cycle=cycle, submitted=True).count(),
    certificate=cycle.close_certificate, state=cycle.state)))
"""
ITEMS = """
import json
from assessments.models import Cycle
instrument = Cycle.objects.get(code={code!r}).framework.instrument
print(json.dumps([[item.reverse, item.dimensions.get("blocks", "")] for item in instrument.closed_items("staff")]))
"""


def stored(plant: Plant, code: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plant.ask(STORED.format(code=code)))
    return found


def faults_of(found: dict[str, Any], ledger: Ledger) -> list[str]:
    """Compare stored answers with the ledger: each person once, not older than the last yes, not newer than sent."""
    faults = []
    numbers: dict[int, int] = {}
    for codes in found["codes"]:
        try:
            person, number = read(codes)
        except ValueError:
            faults.append(f"answers that nobody wrote: {codes}")
            continue
        if person in numbers:
            faults.append(f"person {person} is stored twice")
        numbers[person] = number
    for person, last in ledger.acknowledged.items():
        if person not in numbers:
            faults.append(f"person {person}: a submission was acknowledged and is lost")
        elif not last <= numbers[person] <= ledger.sent[person]:
            faults.append(f"person {person}: {numbers[person]} is stored, {last} was acknowledged")
    return faults + [f"person {person} never sent anything" for person in numbers.keys() - ledger.sent.keys()]


def figures_apart(plant: Plant, code: str, found: dict[str, Any]) -> list[str]:
    """Compare n and mean of the organisation's blocks with plain arithmetic on the stored answers."""
    rows = csv.DictReader(io.StringIO(plant.done("export_scores", code, "--raw")))
    mine = {
        row["dimension"]: row
        for row in rows
        if (row["unit"], row["audience"], row["lens"]) == ("ORG", "staff", "blocks")
    }
    items = json.loads(plant.ask(ITEMS.format(code=code)))
    faults = []
    for dimension in sorted({name for _reverse, name in items if name}):
        places = [(place, one[0]) for place, one in enumerate(items) if one[1] == dimension]
        means = [
            sum(6 - int(codes[place]) if reverse else int(codes[place]) for place, reverse in places)
            / len(places)
            for codes in found["codes"]
        ]
        row = mine[dimension]
        if int(row["n"]) != len(means) or abs(float(row["mean"]) - sum(means) / len(means)) > 1e-6:
            faults.append(f"{dimension}: {row['n']} answers, mean {row['mean']}; the ledger says otherwise")
    return faults or ([] if len(mine) > 1 else ["no figures at all"])


def mail_faults(taken: list[EmailMessage], people: int, kills: int) -> list[str]:
    """Everybody has a mail; one that came twice is the same mail, and there are no more such than kills."""
    receivers = Counter(str(mail["To"]) for mail in taken)
    ids: dict[str, set[str]] = {}
    for mail in taken:
        ids.setdefault(str(mail["To"]), set()).add(str(mail["Message-ID"]))
    faults = [f"{people - len(receivers)} people have no mail"] if len(receivers) < people else []
    faults += [f"{one} has two different mails" for one, found in ids.items() if len(found) > 1]
    again = sum(receivers.values()) - len(receivers)
    return [*faults, *([f"{again} mails twice after {kills} kills"] if again > kills else [])]
