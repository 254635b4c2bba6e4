"""Answering: the notice, a block a page, the review, the envelope. Works without JavaScript; nothing is cached."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Invitation
from assessments.queries import answering, telltale
from assessments.queries.answering import NOT_ANSWERED, Page, Questionnaire
from assessments.services import ballot, drafts
from assessments.services.errors import ClosedError
from assessments.views.answer_post import (
    COMMENT_CHARACTERS,
    Answers,
    BadAnswerError,
    PostedPage,
    clean,
    read_page,
    read_review,
)
from assessments.views.http import PersonRequest
from assessments.views.respondent import (
    form_token,
    keep_form,
    keep_secret,
    new_secret,
    private,
    read_secret,
    respondent_page,
    takes_answers,
    time_left,
    whose,
)
from cfm.lib import languages


@private
@require_safe
def assess(request: PersonRequest) -> HttpResponse:
    """My questionnaires: what is open, how long it takes, how far I am."""
    rows = answering.asked(request.user, now=timezone.now())
    secret = read_secret(request)
    waiting = [row.invitation for row in rows if row.open]
    found = drafts.present(secret=secret, invitations=waiting) if secret and waiting else frozenset()
    context = {
        "open_rows": [row for row in rows if row.open],
        "past_rows": [row for row in rows if not row.open],
        "with_draft": found,
    }
    return render(request, "assessments/assess.html", context)


@respondent_page
@require_safe
def start(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """The notice before the first question; after the close, that it is closed."""
    if not takes_answers(request, invitation):
        return render(request, "assessments/assess_over.html", {"cycle": invitation.cycle})
    questionnaire = _questionnaire(invitation)
    context = {
        "cycle": invitation.cycle,
        "invitation": invitation,
        "questionnaire": questionnaire,
        "notice": answering.notice(invitation),
        "resume": _resume(request, invitation, questionnaire),
    }
    return keep_form(request, render(request, "assessments/assess_start.html", context), invitation)


@respondent_page
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: PersonRequest, invitation: Invitation, page: int) -> HttpResponse:
    """One page of the questionnaire; every POST saves the draft of this browser."""
    questionnaire = _questionnaire(invitation)
    shown = questionnaire.page(page)
    if shown is None:
        raise Http404
    if request.method == "POST":
        return _save(request, invitation, questionnaire, shown)
    if not takes_answers(request, invitation):
        return redirect("assess_start", invitation.cycle.code)
    secret = read_secret(request) or new_secret()
    answers = _draft(secret, invitation, questionnaire)
    response = _render_block(request, invitation, questionnaire, shown, answers)
    return keep_form(request, keep_secret(request, response, secret), invitation)


@respondent_page
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """What is still unanswered; a POST submits what this page showed."""
    questionnaire = _questionnaire(invitation)
    if request.method == "POST":
        return _submit(request, invitation, questionnaire)
    if not takes_answers(request, invitation):
        return redirect("assess_start", invitation.cycle.code)
    answers = _draft(read_secret(request), invitation, questionnaire)
    return _render_review(request, invitation, questionnaire, answers)


@respondent_page
@require_safe
def thanks(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """What happens next, and how to replace or withdraw."""
    if not invitation.submitted or not invitation.cycle.is_open:
        return redirect("assess_start", invitation.cycle.code)
    context = {
        "cycle": invitation.cycle,
        "notice": answering.notice(invitation),
        "counted_at": ballot.closing(invitation.cycle).accepted_until,
    }
    return render(request, "assessments/assess_thanks.html", context)


@respondent_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """Take the submitted answers back, after a page that says what this does."""
    cycle = invitation.cycle
    if request.method == "POST":
        try:
            ballot.withdraw(invitation=invitation, form=form_token(request))
        except ClosedError:
            return render(request, "assessments/assess_over.html", {"cycle": cycle, "late": True}, status=409)
        messages.success(request, _("Your answers to “%s” have been withdrawn.") % cycle.title)
        return redirect("assess") if request.user.is_authenticated else redirect("assess_start", cycle.code)
    if not invitation.submitted or not takes_answers(request, invitation):
        return redirect("assess_start", cycle.code)
    return render(request, "assessments/assess_withdraw.html", {"cycle": cycle})


@private
@require_safe
def signed_in(request: PersonRequest, code: str) -> HttpResponse:
    """Where signing in again leads to: this window can be closed, the form waits in the other."""
    return render(request, "assessments/assess_signed_in.html", {"code": code})


@respondent_page
@require_POST
def hints(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """What in a comment could tell about a person, while it is being written; keeps nothing of it."""
    text = clean(request.POST.get("comment", ""))[:COMMENT_CHARACTERS]
    return JsonResponse({"hints": _hints(invitation, text)})


def _hints(invitation: Invitation, comment: str) -> list[str]:
    if not comment:
        return []
    return telltale.find(comment, names=telltale.names_near(invitation)).sentences


def _save(
    request: PersonRequest, invitation: Invitation, questionnaire: Questionnaire, page: Page
) -> HttpResponse:
    try:
        posted = read_page(request.POST, page, questionnaire)
    except BadAnswerError as error:
        return _bad_request(request, str(error))
    answers = posted.kept.changed(posted.changes, posted.comment)
    if posted.comment is not None and answers.comment_too_long:
        return _render_block(request, invitation, questionnaire, page, answers, status=400)
    secret = read_secret(request) or new_secret()
    try:
        drafts.merge(
            secret=secret,
            invitation=invitation,
            changes=posted.changes,
            comment=posted.comment,
            form=form_token(request),
        )
    except ClosedError:
        return _refuse(request, invitation, questionnaire, answers)
    response = keep_secret(request, _after_save(invitation, questionnaire, page, posted), secret)
    if posted.language:
        languages.keep(response, posted.language, secure=request.is_secure())
    return response


def _after_save(
    invitation: Invitation, questionnaire: Questionnaire, page: Page, posted: PostedPage
) -> HttpResponse:
    if posted.go == "save":
        return HttpResponse(status=204)
    code = invitation.cycle.code
    number = {"next": page.number + 1, "back": page.number - 1, "stay": page.number}.get(posted.go)
    if number is None and posted.go.isdigit():
        number = int(posted.go)
    if number == 0:
        return redirect("assess_start", code)
    if number is None or questionnaire.page(number) is None:
        return redirect("assess_review", code)
    anchor = f"q-{posted.anchor}" if posted.anchor else "questions"
    return redirect(f"{reverse('assess_block', args=[code, number])}#{anchor}")


def _submit(request: PersonRequest, invitation: Invitation, questionnaire: Questionnaire) -> HttpResponse:
    try:
        answers = read_review(request.POST, questionnaire)
    except BadAnswerError as error:
        return _bad_request(request, str(error))
    if answers.empty or answers.comment_too_long:
        return _render_review(request, invitation, questionnaire, answers, status=400)
    try:
        ballot.submit(
            invitation=invitation,
            codes=answers.codes,
            comment=answers.comment,
            form=form_token(request),
            draft_secret=read_secret(request),
        )
    except ClosedError:
        return _refuse(request, invitation, questionnaire, answers)
    return redirect("assess_thanks", invitation.cycle.code)


def _render_block(
    request: HttpRequest,
    invitation: Invitation,
    questionnaire: Questionnaire,
    page: Page,
    answers: Answers,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "cycle": invitation.cycle,
        "invitation": invitation,
        "questionnaire": questionnaire,
        "page": page,
        "rows": [(question, answers.codes[question.index]) for question in page.questions],
        "steps": [(one, one.answered(answers.codes)) for one in questionnaire.pages],
        "answers": answers,
        "whose": whose(request, invitation),
        **time_left(invitation),
        "most_characters": COMMENT_CHARACTERS,
    }
    return render(request, "assessments/assess_block.html", context, status=status)


def _render_review(
    request: HttpRequest,
    invitation: Invitation,
    questionnaire: Questionnaire,
    answers: Answers,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "cycle": invitation.cycle,
        "invitation": invitation,
        "questionnaire": questionnaire,
        "parts": _parts(questionnaire, answers),
        "unanswered": answers.codes.count(NOT_ANSWERED),
        "hints": _hints(invitation, answers.comment),
        "answers": answers,
        "whose": whose(request, invitation),
        **time_left(invitation),
    }
    return render(request, "assessments/assess_review.html", context, status=status)


def _refuse(
    request: HttpRequest, invitation: Invitation, questionnaire: Questionnaire, answers: Answers
) -> HttpResponse:
    """Say that it is too late, and give the respondent's own words back."""
    parts = _parts(questionnaire, answers)
    lines = [f"{question.text} – {label}" for part in parts for question, label in part["rows"] if label]
    context = {
        "cycle": invitation.cycle,
        "parts": parts,
        "answers": answers,
        "as_text": "\n".join([*lines, *([answers.comment] if answers.comment else [])]),
    }
    return render(request, "assessments/assess_refused.html", context, status=409)


def _parts(questionnaire: Questionnaire, answers: Answers) -> list[dict[str, Any]]:
    """Return for each page its statements with the words of the answer, empty where there is none."""
    return [
        {
            "page": page,
            "answered": page.answered(answers.codes),
            "rows": [
                (question, questionnaire.labels.get(answers.codes[question.index], ""))
                for question in page.questions
            ],
        }
        for page in questionnaire.pages
    ]


def _bad_request(request: HttpRequest, problem: str) -> HttpResponse:
    return render(request, "assessments/assess_bad_request.html", {"problem": problem}, status=400)


def _questionnaire(invitation: Invitation) -> Questionnaire:
    return answering.questionnaire(invitation.cycle.framework.instrument, invitation.audience)


def _draft(secret: bytes | None, invitation: Invitation, questionnaire: Questionnaire) -> Answers:
    """Return what this browser holds of the person's answers, blank where it holds nothing."""
    found = drafts.load(secret=secret, invitation=invitation) if secret else None
    if found is None or len(found.codes) != questionnaire.size:
        return Answers(questionnaire.blank)
    return Answers(found.codes, found.comment)


def _resume(request: HttpRequest, invitation: Invitation, questionnaire: Questionnaire) -> int | None:
    """Return the page to go on with: the first that is not complete; None where there is no draft."""
    answers = _draft(read_secret(request), invitation, questionnaire)
    if answers.empty:
        return None
    open_pages = (page for page in questionnaire.pages if page.answered(answers.codes) < len(page.questions))
    return next((page.number for page in open_pages), len(questionnaire.pages))
