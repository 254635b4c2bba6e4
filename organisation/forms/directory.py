"""What the pages of units and people take in; the rules themselves are in the services."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from organisation import values
from organisation.models import Person, RoleGrant, Unit
from organisation.services import PersonData

MAX_UPLOAD: Final = 10 * 1024 * 1024


if TYPE_CHECKING:
    _UnitChoice = forms.ModelChoiceField[Unit]
else:
    _UnitChoice = forms.ModelChoiceField


class UnitChoiceField(_UnitChoice):
    """A choice of unit by code, named by name and code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Unit.objects.none(), to_field_name="code", **options)

    def label_from_instance(self, obj: Unit) -> str:
        return f"{obj.name} ({obj.code})"


class UnitForm(forms.Form):
    """A unit to create (unit None) or to change, by this administrator."""

    code = forms.CharField(
        label=_("Code"), max_length=values.MAX_CODE, help_text=_("Stays for ever: files name the unit by it.")
    )
    name = forms.CharField(label=_("Name"), max_length=values.MAX_NAME)
    parent = UnitChoiceField(label=_("Belongs to"), required=False, empty_label=_("nothing: it is the top"))

    def __init__(self, *args: Any, unit: Unit | None, by: Person, **options: Any) -> None:
        if unit is not None:
            options["initial"] = {"code": unit.code, "name": unit.name, "parent": unit.parent}
        super().__init__(*args, **options)
        parents = Unit.objects.visible_to(by, "unit.edit")
        if unit is not None:
            self.fields["code"].disabled = True
            below = unit.descendants(include_self=True).values("pk")
            parents = (parents | Unit.objects.filter(pk=unit.parent_id)).exclude(pk__in=below)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """A person to register (person None) or to change, by this administrator."""

    person_id = forms.CharField(
        label=_("Person id"),
        max_length=values.MAX_CODE,
        help_text=_("As in the HR system; stays for ever: files name the person by it."),
    )
    name = forms.CharField(label=_("Name"), max_length=values.MAX_NAME)
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=values.MAX_EMAIL,
        required=False,
        help_text=_("Needed to sign in. Without one, a person can answer on paper or by a personal link."),
    )
    unit = UnitChoiceField(label=_("Unit"))
    manager = forms.ModelChoiceField(
        Person.objects.none(),
        label=_("Line manager"),
        to_field_name="person_id",
        required=False,
        widget=forms.TextInput,
        help_text=_("The person id of the line manager; empty for none."),
        error_messages={"invalid_choice": _("There is no person with this id.")},
    )
    job_role = forms.CharField(
        label=_("Job role"),
        max_length=values.MAX_JOB_ROLE,
        required=False,
        widget=forms.TextInput(attrs={"list": "job-roles"}),
        help_text=_("A new one is created."),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    is_active = forms.BooleanField(
        label=_("Active: can sign in and is invited to new cycles"), required=False, initial=True
    )

    def __init__(self, *args: Any, person: Person | None, by: Person, **options: Any) -> None:
        if person is not None:
            options["initial"] = _initial(person)
        super().__init__(*args, **options)
        self.fields["person_id"].disabled = person is not None
        for role in RoleGrant.Role:
            self._add_role(role)
        self._offer(person, by)

    def _add_role(self, role: RoleGrant.Role) -> None:
        own = role == RoleGrant.Role.MANAGER
        self.fields[f"role_{role}"] = forms.BooleanField(label=capfirst(role.label), required=False)
        self.fields[f"reach_{role}"] = UnitChoiceField(
            label=_("%(role)s reaches") % {"role": capfirst(role.label)},
            required=False,
            empty_label=_("the person's own unit and below") if own else _("the whole organisation"),
        )

    def _offer(self, person: Person | None, by: Person) -> None:
        """Fill the choices: units and people within the administrator's reach, and what the person has now."""
        units = Unit.objects.visible_to(by, "person.edit")
        managers = Person.objects.visible_to(by, "person.edit")
        languages = {code: str(name) for code, name in settings.LANGUAGES}
        if person is not None:
            kept = [grant.unit_id for grant in person.role_grants.all()]
            units |= Unit.objects.filter(pk__in=[person.unit_id, *kept])
            managers |= Person.objects.filter(pk=person.manager_id)
            languages.setdefault(person.language, person.language)
        for field in self.fields.values():
            if isinstance(field, UnitChoiceField):
                field.queryset = units
        self.fields["manager"].queryset = managers  # type: ignore[attr-defined]
        languages.pop("", None)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("as the organisation")),
            *languages.items(),
        ]

    @property
    def person_fields(self) -> list[BoundField]:
        return [field for field in self if not field.name.startswith(("role_", "reach_"))]

    @property
    def role_fields(self) -> list[tuple[BoundField, BoundField]]:
        """The pairs of a role and its reach."""
        return [(self[f"role_{role}"], self[f"reach_{role}"]) for role in RoleGrant.Role]

    def person_data(self) -> PersonData:
        """Return what was entered, once the form is valid."""
        entered = self.cleaned_data
        columns = ("email", "name", "unit", "manager", "job_role", "is_active", "language")
        roles = {str(role): entered[f"reach_{role}"] for role in RoleGrant.Role if entered[f"role_{role}"]}
        return PersonData(roles=roles, **{column: entered[column] for column in columns})


def _initial(person: Person) -> dict[str, Any]:
    columns = ("person_id", "email", "name", "unit", "manager", "is_active", "language")
    initial = {column: getattr(person, column) for column in columns} | {"job_role": person.job_role or ""}
    for grant in person.role_grants.all():
        initial |= {f"role_{grant.role}": True, f"reach_{grant.role}": grant.unit}
    return initial


class UploadForm(forms.Form):
    """A CSV file to look at before it is imported."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD:
            raise forms.ValidationError(
                _("The file is larger than %(size)d MB; import it on the server's shell."),
                params={"size": MAX_UPLOAD // 1024**2},
            )
        return file


class AnonymiseForm(forms.Form):
    """Asks for the id of the person whose name is to go, so that nobody does it by a slip."""

    person_id = forms.CharField(label=_("Person id, to confirm"), max_length=values.MAX_CODE)

    def __init__(self, *args: Any, person: Person, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        self.fields["person_id"].help_text = _("Type %s.") % person.person_id
        self.fields["person_id"].widget.attrs["autocomplete"] = "off"

    def clean_person_id(self) -> str:
        typed: str = self.cleaned_data["person_id"]
        if typed != self.person.person_id:
            raise forms.ValidationError(_("This is not the id of this person."))
        return typed
