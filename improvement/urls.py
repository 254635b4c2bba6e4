"""Addresses of what is done about results. Codes begin with a letter or digit, so `-` is free."""

from django.urls import path

from improvement.views import case_files, cases, goal_edit, goal_files, goals, process_files, processes

urlpatterns = [
    path("goals/", goals.goals, name="goals"),
    path("goals/-/framework/", goals.goals_framework, name="goals_framework"),
    path("goals/-/years/new/", goal_edit.framework_new, name="goal_framework_new"),
    path("goals/-/years/<code:code>/", goal_edit.framework_edit, name="goal_framework_edit"),
    path("goals/-/new/", goal_edit.goal_new, name="goal_new"),
    path("goals/-/files/", goal_files.goal_files, name="goal_files"),
    path("goals/-/files/<slug:name>.csv", goal_files.goal_csv, name="goal_csv"),
    path("goals/-/files/<slug:name>/import/", goal_files.goal_import, name="goal_import"),
    path("goals/<code:code>/", goals.goal, name="goal"),
    path("goals/<code:code>/edit/", goal_edit.goal_edit, name="goal_edit"),
    path("goals/<code:code>/end/", goal_edit.goal_close, name="goal_close"),
    path("goals/<code:code>/report/", goal_edit.goal_report, name="goal_report"),
    path("goals/<code:code>/<slug:kind>/new/", goal_edit.part_new, name="goal_part_new"),
    path("goals/<code:code>/<slug:kind>/<int:number>/", goal_edit.part_edit, name="goal_part"),
    path("business-case/", cases.business_cases, name="business_cases"),
    path("business-case/-/new/", cases.business_case_new, name="business_case_new"),
    path("business-case/-/files/", case_files.case_files, name="case_files"),
    path("business-case/-/files/<slug:name>.csv", case_files.case_csv, name="case_csv"),
    path("business-case/-/files/<slug:name>/import/", case_files.case_import, name="case_import"),
    path("business-case/<code:code>/", cases.business_case, name="business_case"),
    path("business-case/<code:code>/version/", cases.business_case_version, name="business_case_version"),
    path("process-audits/", processes.process_audits, name="process_audits"),
    path("process-audits/-/new/", processes.process_new, name="process_new"),
    path("process-audits/-/files/", process_files.process_files, name="process_files"),
    path("process-audits/-/files/<slug:name>.csv", process_files.process_csv, name="process_csv"),
    path("process-audits/-/files/<slug:name>/import/", process_files.process_import, name="process_import"),
    path("process-audits/<code:code>/", processes.process, name="process"),
    path("process-audits/<code:code>/edit/", processes.process_edit, name="process_edit"),
    path("process-audits/<code:code>/audit/", processes.audit_new, name="process_audit_new"),
    path("process-audits/<code:code>/<slug:on>/edit/", processes.audit_edit, name="process_audit_edit"),
    path(
        "process-audits/<code:code>/<slug:on>/findings/new/",
        processes.finding_new,
        name="process_finding_new",
    ),
    path(
        "process-audits/<code:code>/<slug:on>/findings/<int:number>/",
        processes.finding_edit,
        name="process_finding",
    ),
]
