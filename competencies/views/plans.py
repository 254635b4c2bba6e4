"""Development plans and coaching notes, from the page of a person."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from competencies.forms import PlanForm
from competencies.models import PlanItem
from competencies.queries import people
from competencies.services import plans as services
from competencies.services import readings
from organisation import permissions
from organisation.models import Person
from organisation.views.http import PersonRequest

WEEKS: int = 12  # how long a new step takes unless another day is entered


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def plan_new(request: PersonRequest, person_id: str) -> HttpResponse:
    """Add a step to a person's plan; ?competency= chooses the gap it is for."""
    permissions.require(request.user, "rating.view_own")
    person = get_object_or_404(people.named(request.user).select_related("manager"), person_id=person_id)
    return _edit(request, person, None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def plan_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a step: its dates, its state."""
    permissions.require(request.user, "rating.view_own")
    items = PlanItem.objects.visible_to(request.user).select_related("person__manager", "owner", "competency")
    item = get_object_or_404(items, pk=pk)
    readings.note_plan(reader=request.user, person=item.person)
    return _edit(request, item.person, item)


def _edit(request: PersonRequest, person: Person, item: PlanItem | None) -> HttpResponse:
    today = timezone.localdate()
    initial = {
        "competency": request.GET.get("competency", ""),
        "starts_on": today,
        "due_on": today + timedelta(weeks=WEEKS),
    }
    data = request.POST if request.method == "POST" else None
    form = PlanForm(data, person=person, item=item, **({} if item else {"initial": initial}))
    if form.is_valid():
        try:
            services.save(item=item, person=person, by=request.user.pk, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The plan is saved."))
            return redirect("competency_person", person.person_id)
    back = reverse("competency_person", args=[person.person_id])
    context = {
        "form": form,
        "person": person,
        "cancel_url": back,
        "crumbs": [(person.name, back), (_("Plan"), "")],
    }
    return render(request, "competencies/plan_form.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def note(request: PersonRequest, person_id: str) -> HttpResponse:
    """Keep a coaching note: between the person and their line manager only."""
    permissions.require(request.user, "rating.view_own")
    person = get_object_or_404(people.named(request.user), person_id=person_id)
    if not people.coaches(request.user, person):
        raise Http404
    try:
        services.add_note(person=person, author=request.user, text=request.POST.get("text", ""))
    except ValidationError:
        messages.error(request, _("A note has 1 to 2,000 characters."))
    else:
        messages.success(request, _("The note is saved."))
    return redirect("competency_person", person_id)
