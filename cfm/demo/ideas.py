"""Ideas of the demo (fixtures/demo/ideas.yaml), sent and answered through the services that the pages use."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import yaml
from django.conf import settings
from django.utils import timezone

from cfm.demo.recognition import somebody
from improvement.models import Idea, IdeaAnswer, IdeaMailDay, IdeaTopic
from improvement.rules import ideas as rules
from improvement.services import ideas as services
from organisation.models import Unit

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "ideas.yaml"
Say = Callable[[str], None]


def build(*, say: Say) -> None:
    """Make it unless there is some; today's mails count as sent."""
    if Idea.objects.exists():
        return
    IdeaMailDay.objects.get_or_create(on=timezone.localdate())
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for one in data["topics"]:
        owner = somebody(one["owner"])
        services.save_topic(
            topic=None, code=one["code"], name=one["name"], owner=owner, is_open=True, by=None
        )
    for one in data["ideas"]:
        _send(one)
    say(f"ideas: {Idea.objects.count()}")


def _send(one: dict[str, Any]) -> None:
    row = services.submit(
        title=one["title"],
        text=one["text"],
        unit=Unit.objects.get(code=one["for"]),
        topic=IdeaTopic.objects.select_related("owner").filter(code=one.get("topic")).first(),
        writer=somebody(one["from"]) if "from" in one else None,
        receipt=services.new_receipt(),
    )
    today = timezone.localdate()
    for days, state, text, due in one.get("answers", ()):
        if row.owner is None:
            break
        due_on = today + timedelta(days=due) if due else None
        said = services.answer(
            idea=row,
            state=state,
            text=text,
            by=row.owner,
            due_on=due_on,
            thanks="Thank you for telling us.",
        )
        IdeaAnswer.objects.filter(pk=said.pk).update(answered_on=today - timedelta(days=days))
    _backdate(row, one)


def _backdate(row: Idea, one: dict[str, Any]) -> None:
    submitted = timezone.localdate() - timedelta(days=one["days"])
    dates = {"submitted_on": submitted, "promised_by": rules.promised_by(submitted, 14)}
    first = row.answers.order_by("number").first()
    if first is not None:
        dates["answered_on"] = first.answered_on
    Idea.objects.filter(pk=row.pk).update(**dates)
