"""What a page of a checklist sends: one small form a key component, only the changed ones are kept."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.instrument import KeyComponent
from assessments.models import ChecklistEntry, ReadinessEntry
from assessments.services.checklists import MAX_EVIDENCE, MAX_NOTE, Values, lacks_reason
from assessments.services.reviews import MAX_REASON
from cfm.lib import uploads
from organisation.models import Person

_IN_BRACKETS: Final = re.compile(r"\(([^()]+)\)$")
_FIELDS: Final = ("state", "owner", "due", "evidence", "note")

Said = dict[str, str]
Entry = ChecklistEntry | ReadinessEntry


class EntryForm(forms.Form):
    """What is said of one key component."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=ChecklistEntry.State.choices, widget=forms.RadioSelect
    )
    owner = forms.CharField(
        label=gettext_lazy("Owner"),
        required=False,
        widget=forms.TextInput(attrs={"list": "owners", "autocomplete": "off"}),
        help_text=gettext_lazy("Name, person id or e-mail"),
    )
    due = forms.DateField(
        label=gettext_lazy("Due"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        required=False,
        max_length=MAX_EVIDENCE,
        help_text=gettext_lazy("A link or where to find it"),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where something is not applicable here: why?"),
    )

    def __init__(
        self,
        component: KeyComponent,
        entry: Entry | None,
        owners: Any,
        data: QueryDict | None = None,
    ) -> None:
        super().__init__(data, initial=said(entry), prefix=component.code)
        self.component, self.entry, self.owners = component, entry, owners
        self.seen = json.dumps(said(entry))

    @property
    def states(self) -> list[tuple[str, Any, Any]]:
        """The states as (value, label, criterion or nothing)."""
        criteria = self.component.criteria
        return [(value, label, criteria.get(value, "")) for value, label in ChecklistEntry.State.choices]

    @property
    def chosen(self) -> str:
        """The state that is chosen now; none for a component nothing is said of."""
        return self["state"].value() or ""

    def clean_note(self) -> str:
        return _lines(self.cleaned_data["note"])

    def clean_owner(self) -> int | None:
        """Return the id of the person meant; whoever owns the entry already may stay."""
        text = self.cleaned_data["owner"]
        if not text:
            return None
        if self.entry and self.entry.owner_id and text == said(self.entry)["owner"]:
            return self.entry.owner_id
        found = _people_meant(text, self.owners)
        if len(found) != 1:
            raise forms.ValidationError(
                _("Nobody in your units, or more than one person: choose from the list.")
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        """Refuse to overwrite what somebody else said since the page was opened."""
        current = said(self.entry)
        if _read(self.data.get(f"{self.prefix}-seen", "")) != current and self._sent() != current:
            now = ", ".join(value for value in current.values() if value) or _("nothing")
            message = _("Somebody changed this in the meantime; it now says: %s. Save again to replace that.")
            raise forms.ValidationError(message % now)
        data = super().clean() or {}
        if "note" in data and lacks_reason(data.get("state", ""), data["note"]):
            self.add_error("note", _("Say here why it is not applicable."))
        return data

    def _sent(self) -> Said:
        return {name: _lines(self.data.get(f"{self.prefix}-{name}", "")) for name in _FIELDS}

    @property
    def is_touched(self) -> bool:
        """Whether the person changed what the page showed; what was not on it is not touched."""
        seen = self.data.get(f"{self.prefix}-seen")
        return seen is not None and self._sent() != _read(seen)

    @property
    def values(self) -> Values:
        """What was sent, once it is valid."""
        return Values(**{name: self.cleaned_data[name] for name in _FIELDS})


def said(entry: Entry | None) -> Said:
    """Return what an entry says as it stands in the form; empty texts for none."""
    if entry is None:
        return dict.fromkeys(_FIELDS, "")
    owner = f"{entry.owner.name} ({entry.owner.person_id})" if entry.owner else ""
    due = entry.due.isoformat() if entry.due else ""
    texts = (entry.state, owner, due, entry.evidence, entry.note)
    return {name: _lines(text) for name, text in zip(_FIELDS, texts, strict=True)}


def read_forms(
    data: QueryDict, components: Iterable[KeyComponent], entries: Mapping[str, Entry], owners: Any
) -> list[EntryForm]:
    """Return a form a component: filled with what was sent where that was changed, else with what is kept."""
    forms_ = []
    for component in components:
        entry = entries.get(component.code)
        sent = EntryForm(component, entry, owners, data)
        forms_.append(sent if sent.is_touched else EntryForm(component, entry, owners))
    return forms_


def _lines(text: str) -> str:
    """Return the text with the line ends of the database, whatever the browser sends."""
    return text.replace("\r\n", "\n").strip()


def _read(seen: str) -> Said:
    try:
        value = json.loads(seen)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _people_meant(text: str, people: Any) -> list[int]:
    """Return the ids of those with this person id (alone or in brackets), address or name; two are enough."""
    bracket = _IN_BRACKETS.search(text)
    person_id = bracket[1] if bracket else text
    by_id = list(people.filter(person_id=person_id).values_list("pk", flat=True))
    return by_id or list(people.filter(Q(email__iexact=text) | Q(name=text)).values_list("pk", flat=True)[:2])


def owner_names(people: Any, most: int = 300) -> list[str]:
    """Return the people to choose an owner from, as the form writes them."""
    rows: Iterable[tuple[str, str]] = people.order_by("name", "pk").values_list("name", "person_id")[:most]
    return [f"{name} ({person_id})" for name, person_id in rows]


def owners_for(person: Person) -> Any:
    """Return the active people whom this person may name as owners: those of the units they fill in."""
    return Person.objects.visible_to(person, "checklist.edit").active()


class FileForm(forms.Form):
    """A file that proves an entry; what it is, is checked by the service."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": uploads.ACCEPT}),
        help_text=format_lazy(
            gettext_lazy("{kinds}; at most {size} MB."),
            kinds=", ".join(uploads.KINDS),
            size=uploads.MAX_SIZE // 1024**2,
        ),
    )


class VerdictForm(forms.Form):
    """What a reviewer makes of an entry. seen: the state that was looked at."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"), choices=ChecklistEntry.Verdict.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where it is not confirmed: what is missing?"),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_note(self) -> str:
        return _lines(self.cleaned_data["note"])


class CopyForm(forms.Form):
    """How far to take a checklist over."""

    below = forms.BooleanField(label=gettext_lazy("Also for the units below"), required=False, initial=True)
