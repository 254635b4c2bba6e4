"""What views of forms share."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render

from organisation.views.http import PersonRequest

Crumbs = list[tuple[str, str]]


def form_page(
    request: PersonRequest, form: Any, title: str, crumbs: Crumbs, back: str, **context: Any
) -> HttpResponse:
    """Show a form on a page of its own; with problems as 400. back: where Cancel leads; template: another page."""
    context |= {"form": form, "title": title, "crumbs": crumbs, "cancel_url": back}
    template = context.pop("template", "improvement/form.html")
    return render(request, template, context, status=400 if form.errors else 200)


def add_errors(form: Any, error: ValidationError, names: dict[str, str] | None = None) -> None:
    """Put a service's complaints beside the fields they are about. names: field → what it is called in the form."""
    found = getattr(error, "error_dict", None)
    if found is None:
        form.add_error(None, error)
        return
    for field, complaints in found.items():
        name = (names or {}).get(field, field)
        form.add_error(name if name in form.fields else None, complaints)
