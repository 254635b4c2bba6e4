"""One person's competencies: for themselves, their line manager and HR."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from competencies.queries import people, plans
from competencies.queries.person import person_page
from competencies.services import readings
from organisation import permissions
from organisation.models import Person
from organisation.views.http import PersonRequest

FIRST_GAPS: Final = 3  # gaps for which the page offers a next step


@login_required
@never_cache
@require_safe
def person(request: PersonRequest, person_id: str) -> HttpResponse:
    """Where the person stands against what the role requires, and how that changed."""
    permissions.require(request.user, "rating.view_own")
    visible = people.named(request.user).select_related("unit", "manager", "job_role")
    one = get_object_or_404(visible, person_id=person_id)
    readings.note_person(reader=request.user, person=one)
    page = person_page(one, request.user, names_all=names_all(request.user, one))
    short = page.short[:FIRST_GAPS]
    offers = plans.offers([line.competency for line in short])
    context = {
        "person": one,
        "is_own": one.pk == request.user.pk,
        "page": page,
        "next_steps": [(line, offers[line.competency.pk]) for line in short],
        "steps": [(step, step.is_overdue()) for step in plans.steps(one)],
        "coaches": (coaches := people.coaches(request.user, one)),
        "notes": plans.notes(one) if coaches else [],
    }
    return render(request, "competencies/person.html", context)


def names_all(reader: Person, person: Person) -> bool:
    """Whether the reader is HR for this person and neither side of the rating: HR sees what is handed in."""
    if reader.pk in {person.pk, person.manager_id} or not permissions.can(reader, "rating.view_all"):
        return False
    return bool(Person.objects.visible_to(reader, "rating.view_all").filter(pk=person.pk).exists())
