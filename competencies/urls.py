"""Addresses of competencies. Codes begin with a letter or digit, so `-` is free."""

from django.urls import path

from competencies.views import exports, gaps, library, people, plans, profiles, ratings, resources

SHEET = "competencies/ratings/<slug:cycle>/<code:person_id>/"

urlpatterns = [
    path("competencies/", library.competencies, name="competencies"),
    path("competencies/-/new/", library.competency_new, name="competency_new"),
    path("competencies/-/competencies.csv", library.competencies_csv, name="competencies_csv"),
    path("competencies/-/competencies.yaml", library.competencies_yaml, name="competencies_yaml"),
    path("competencies/library/<code:code>/", library.competency, name="competency"),
    path("competencies/library/<code:code>/edit/", library.competency_edit, name="competency_edit"),
    path("competencies/profiles/", profiles.profiles, name="profiles"),
    path("competencies/profiles/-/profiles.csv", profiles.profiles_csv, name="profiles_csv"),
    path("competencies/profiles/<int:pk>/", profiles.profile, name="profile"),
    path("competencies/profiles/<int:pk>/copy/", profiles.profile_copy, name="profile_copy"),
    path("competencies/ratings/", ratings.ratings, name="ratings"),
    path("competencies/ratings/-/progress/", ratings.ratings_progress, name="ratings_progress"),
    path("competencies/ratings/-/people/<code:person_id>/", people.person, name="competency_person"),
    path("competencies/ratings/-/people/<code:person_id>/plan/new/", plans.plan_new, name="plan_new"),
    path("competencies/ratings/-/people/<code:person_id>/note/", plans.note, name="coaching_note"),
    path(SHEET, ratings.sheet, name="rating_sheet"),
    path(f"{SHEET}rate/", ratings.rate, name="rating_rate"),
    path(f"{SHEET}undo/", ratings.undo, name="rating_undo"),
    path(f"{SHEET}hand-in/", ratings.hand_in, name="rating_hand_in"),
    path(f"{SHEET}take-back/", ratings.take_back, name="rating_take_back"),
    path(f"{SHEET}agree/", ratings.agree, name="rating_agree"),
    path(f"{SHEET}comment/", ratings.comment, name="rating_comment"),
    path(f"{SHEET}sign-off/", ratings.sign_off, name="rating_sign_off"),
    path(f"{SHEET}reply/", ratings.reply, name="rating_reply"),
    path(f"{SHEET}hand-over/", ratings.hand_over, name="rating_hand_over"),
    path("competencies/gaps/", gaps.gaps, name="gaps"),
    path("competencies/gaps.csv", exports.gaps_csv, name="gaps_csv"),
    path("competencies/gaps/-/reason/", exports.gaps_reason, name="gaps_reason"),
    path("competencies/gaps/-/files/<slug:name>/", exports.gaps_layout, name="gaps_layout"),
    path("competencies/plans/<int:pk>/", plans.plan_edit, name="plan_edit"),
    path("competencies/resources/", resources.resources, name="resources"),
    path("competencies/resources/-/new/", resources.resource_new, name="resource_new"),
    path("competencies/resources/<code:code>/edit/", resources.resource_edit, name="resource_edit"),
]
