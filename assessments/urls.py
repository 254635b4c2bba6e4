"""Addresses of answering, cycles, checklists and frameworks."""

from django.urls import URLPattern, path

from assessments.views import (
    answer,
    checklist_csv,
    checklist_entry,
    checklists,
    comments,
    cycles,
    frameworks,
    jobs,
    letters,
    links,
    mails,
    setup,
    transformations,
)
from assessments.views.cycle_actions import ACTIONS

urlpatterns: list[URLPattern] = [
    path("assess/", answer.assess, name="assess"),
    *links.urlpatterns,
    path("assess/<slug:code>/", answer.start, name="assess_start"),
    path("assess/<slug:code>/<int:page>/", answer.block, name="assess_block"),
    path("assess/<slug:code>/review/", answer.review, name="assess_review"),
    path("assess/<slug:code>/hints/", answer.hints, name="assess_hints"),
    path("assess/<slug:code>/signed-in/", answer.signed_in, name="assess_signed_in"),
    path("assess/<slug:code>/thanks/", answer.thanks, name="assess_thanks"),
    path("assess/<slug:code>/withdraw/", answer.withdraw, name="assess_withdraw"),
    path("cycles/", cycles.cycle_list, name="cycles"),
    *setup.urlpatterns,
    *mails.urlpatterns,
    *letters.urlpatterns,
    *comments.urlpatterns,
    path("cycles/<slug:code>/", cycles.cycle_page, name="cycle"),
    path("cycles/<slug:code>/proof/", cycles.cycle_proof, name="cycle_proof"),
    *(
        path(f"cycles/<slug:code>/{name}/", cycles.cycle_action, {"action": name}, name=action.url_name)
        for name, action in ACTIONS.items()
    ),
    path("jobs/<uuid:pk>/", jobs.job, name="job"),
    path("jobs/<uuid:pk>/retry/", jobs.retry, name="job_retry"),
    *frameworks.urlpatterns,
    *checklist_csv.urlpatterns,
    *checklist_entry.urlpatterns,
    *checklists.urlpatterns,
    *transformations.urlpatterns,
]
