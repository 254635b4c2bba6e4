"""Fields that several forms share."""

from typing import Any

from django import forms


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a field for a day, entered with the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


def number_field(label: Any, *, places: int = 2, **options: Any) -> forms.DecimalField:
    """Return a field for a number with at most so many decimals."""
    return forms.DecimalField(
        label=label,
        max_digits=14,
        decimal_places=places,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        **options,
    )


def text_area(label: Any, *, limit: int, rows: int = 3, **options: Any) -> forms.CharField:
    """Return a field for several lines."""
    return forms.CharField(
        label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


def choices_of(field: forms.Field, choices: Any) -> None:
    """Set what a choice field offers."""
    field.choices = choices  # type: ignore[attr-defined]


def rows_of(field: forms.Field, rows: Any) -> None:
    """Set the rows that a model choice field offers."""
    field.queryset = rows  # type: ignore[attr-defined]
