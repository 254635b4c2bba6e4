"""What mails say: the shipped texts, those of a cycle, and how names in braces are filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from assessments.models import Cycle, CycleTexts, MailRound
from assessments.queries.answering import minutes
from cfm.lib import audit, languages
from organisation.models import Person

Kind = MailRound.Kind
PLACEHOLDERS: Final = ("name", "title", "link", "until", "minutes", "k")
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_LINK: Final = "{link}"


@dataclass(frozen=True)
class Text:
    """Subject and body, with names in braces that are filled in for each person."""

    subject: str
    body: str


@dataclass(frozen=True)
class Letter:
    """A text filled in for one person: subject, plain body, and its paragraphs as HTML."""

    subject: str
    body: str
    paragraphs: tuple[SafeString, ...]


def shipped(kind: str) -> Text:
    """Return our own text for the invitation or the reminder, in the language that is active."""
    if kind == Kind.INVITATION:
        return Text(_("{title}: your view counts, about {minutes} min"), _invitation())
    return Text(_("{title}: still open until {until}"), _reminder())


def _invitation() -> str:
    return _(
        "Dear {name},\n\n"
        "How customer-focused are we, and what would help? You are invited to answer “{title}”. "
        "It takes about {minutes} min, on a computer or a telephone, until {until}.\n\n"
        "{link}\n\n"
        "The link opens your questionnaire and nothing else. Please do not pass it on. You can pause, and replace or "
        "withdraw your answers until the close.\n\n"
        "Your answers are sealed when you submit them and counted without names. Figures are shown only where at "
        "least {k} people have answered. Nobody is told who has answered.\n\n"
        "Thank you."
    )


def _reminder() -> str:
    return _(
        "Dear {name},\n\n"
        "“{title}” is open until {until}. If you have not found the time yet: it takes about {minutes} min, and "
        "with this link you can begin at once.\n\n"
        "{link}\n\n"
        "Links you were sent before stay valid as well.\n\n"
        "Answering is voluntary. Reminders are sent without anybody seeing to whom, and nobody is told who has "
        "answered. Your answers are counted without names, and figures are shown only where at least {k} people have "
        "answered.\n\n"
        "Thank you."
    )


def text_of(cycle: Cycle, kind: str) -> Text:
    """Return the cycle's own text in the active language, the shipped text for what it leaves empty there."""
    ours = shipped(kind)
    own = CycleTexts.objects.filter(cycle=cycle, language=_active(cycle)).first()
    subject = getattr(own, f"{kind}_subject", "")
    body = getattr(own, f"{kind}_body", "")
    return Text(subject or ours.subject, body or ours.body)


def in_force(cycle: Cycle) -> dict[str, Text]:
    """Return what both mails say in the active language, by kind."""
    return {kind: text_of(cycle, kind) for kind in Kind.values}


def _active(cycle: Cycle) -> str:
    """Return the language of the cycle that is meant by the active one."""
    return languages.pick(cycle.offered_languages, [translation.get_language() or ""])


def check(text: str, *, needs_link: bool) -> None:
    """Raise ValidationError for braces that name nothing we can fill in, and for a body without its link."""
    unknown = [name for name in _PLACE.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValidationError(
            _("{name} can’t be filled in. Use: {known}").format(name=f"{{{unknown[0]}}}", known=known)
        )
    if needs_link and text and _LINK not in text:
        raise ValidationError(_("Without {link} nobody could answer. Put it where the link is to stand."))


@transaction.atomic
def save(*, cycle: Cycle, texts: Mapping[str, str], language: str = "", by: int | None = None) -> CycleTexts:
    """Keep the cycle's own texts in a language. texts: field of CycleTexts → text; an empty one: the shipped text.

    language: one of the cycle's, the usual one unless given.

    Raises ValidationError by field for texts that are too long or can't be filled in.
    """
    code = languages.pick(cycle.offered_languages, [language])
    row = CycleTexts.objects.filter(cycle=cycle, language=code).first() or CycleTexts(
        cycle=cycle, language=code
    )
    with translation.override(languages.locale_of(code)):
        shipped_ones = {kind: shipped(kind) for kind in Kind.values}
    for name, text in texts.items():
        ours = getattr(shipped_ones[name.split("_")[0]], name.split("_")[1])
        plain = text.replace("\r\n", "\n").strip()
        setattr(row, name, "" if plain == ours else plain)
    _check_all(row, texts)
    row.save()
    own = sum(bool(getattr(row, name)) for name in texts)
    audit.record("cycle.texts", cycle.code, by=by, language=row.language, own=own)
    return row


def _check_all(row: CycleTexts, texts: Mapping[str, str]) -> None:
    problems: dict[str, list[str]] = {}
    for name in texts:
        try:
            check(getattr(row, name), needs_link=name.endswith("_body"))
        except ValidationError as error:
            problems[name] = error.messages
    if problems:
        raise ValidationError(problems)
    row.full_clean(exclude=["cycle"])


def letter(
    text: Text, *, cycle: Cycle, audience: str, name: str, link: str, after: Sequence[str] = ()
) -> Letter:
    """Fill a text in for one person, in the language that is active. after: lines that stand below it as they are."""
    values = {
        "name": name,
        "title": cycle.title,
        "link": link,
        "until": _until(cycle),
        "minutes": str(minutes(len(cycle.framework.instrument.closed_items(audience)))),
        "k": str(cycle.k),
    }
    subject = " ".join(_filled(text.subject, values).split())
    body, paragraphs = _filled(text.body, values), tuple(_as_html(text.body, values))
    if after:
        body += "\n\n" + "\n".join(after)
        paragraphs += (format_html_join(mark_safe("<br>"), "{}", ((line,) for line in after)),)
    return Letter(subject, body, paragraphs)


def message(
    text: Letter, *, person: Person, link: str, message_id: str, language: str
) -> EmailMultiAlternatives:
    """Return the mail, plain and as HTML, that programs answer with no out-of-office note."""
    headers = {
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    mail = EmailMultiAlternatives(text.subject, text.body, None, [str(person.email)], headers=headers)
    context = {"letter": text, "link": link, "language": language}
    mail.attach_alternative(render_to_string("assessments/mail/message.html", context), "text/html")
    return mail


def language_of(person_language: str, cycle: Cycle) -> str:
    """Return the person's language if the cycle is offered in it, else the usual one, as Django names it."""
    return languages.locale_of(languages.pick(cycle.offered_languages, [person_language]))


def _until(cycle: Cycle) -> str:
    if cycle.closes_at is None:
        return _("the cycle is closed")
    return date_format(timezone.localtime(cycle.closes_at), "j F Y, H:i T")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def _as_html(body: str, values: Mapping[str, str]) -> Iterator[SafeString]:
    """Yield the paragraphs; one that is nothing but the link becomes a button."""
    link = values["link"]
    safe = {name: str(escape(value)) for name, value in values.items()}
    safe["link"] = format_html('<a href="{}">{}</a>', link, link)
    for paragraph in re.split(r"\n\s*\n", body.strip()):
        if paragraph.strip() == _LINK:
            yield format_html('<a class="button" href="{}">{}</a>', link, _("Open my questionnaire"))
        else:
            # Everything in it is escaped: the text before the names are filled in, and each value.
            yield mark_safe(_filled(str(escape(paragraph)), safe).replace("\n", "<br>"))  # noqa: S308
