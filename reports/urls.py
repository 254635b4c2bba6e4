"""Addresses of the pages of results."""

from django.urls import path

from reports.views import actions, customers, norms, packs, results

urlpatterns = [
    path("", results.home, name="home"),
    path("dashboard/", results.dashboard, name="dashboard"),
    path("dashboard/map/", results.heat, name="heat_map"),
    path("dashboard/statements/", results.statements, name="statements"),
    path("dashboard/priorities/", results.priorities, name="priorities"),
    path("dashboard/shrunken/", results.shrunken, name="shrunken"),
    path("dashboard/compare/", results.compare, name="compare"),
    path("dashboard/benchmarks/", results.benchmarks, name="benchmarks"),
    path("dashboard/norms/", norms.norms, name="norms"),
    path("dashboard/norms/import/", norms.norms_import, name="norms_import"),
    path("dashboard/norms/<int:pk>/delete/", norms.norm_delete, name="norm_delete"),
    path("dashboard/pack/", packs.pack, name="pack"),
    path("dashboard/pack/mailing/", packs.pack_mailing, name="pack_mailing"),
    path("dashboard/pack/<int:pk>/<str:name>", packs.pack_file, name="pack_file"),
    path("dashboard/sheet/<path:unit>/", packs.team_sheet, name="team_sheet"),
    path("dashboard/levels/", results.levels, name="levels"),
    path("dashboard/levels.csv", results.levels_csv, name="levels_csv"),
    path("dashboard/scores.csv", results.scores, name="scores_csv"),
    path("dashboard/why/<slug:cycle>/<slug:kind>/", results.why_analysis, name="dashboard_why_analysis"),
    path(
        "dashboard/why/<slug:cycle>/<slug:audience>/<slug:lens>/<slug:dimension>/<path:unit>/",
        results.why_figure,
        name="dashboard_why",
    ),
    path("dashboard/units/<path:unit>/", results.dashboard_unit, name="dashboard_unit"),
    path("actions/-/effects/", actions.effects, name="effects"),
    path("actions/<code:code>/", actions.action, name="action"),
    path("customers/-/blocks/", customers.customer_blocks, name="customer_blocks"),
    path("customers/<code:code>/", customers.customer, name="customer"),
]
