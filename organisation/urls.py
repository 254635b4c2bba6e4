"""Addresses of units, people and customers. Codes hold no slash and begin with a letter or digit, so `-` is free."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from organisation.views import approvals, audit, customers, imports, links, me, people, units


class CodeConverter(StringConverter):
    """A code of a unit or a person; what can't be one is not found, before any database sees it."""

    regex = r"[^/\\\x00-\x1f\x7f]{1,40}"


register_converter(CodeConverter, "code")

urlpatterns = [
    path("units/", units.units, name="units"),
    path("units/-/new/", units.unit_new, name="unit_new"),
    path("units/-/import/", imports.units_import, name="units_import"),
    path("units/-/units.csv", units.units_csv, name="units_csv"),
    path("units/<code:code>/", units.unit_detail, name="unit"),
    path("units/<code:code>/edit/", units.unit_edit, name="unit_edit"),
    path("units/<code:code>/delete/", units.unit_delete, name="unit_delete"),
    path("people/", people.people, name="people"),
    path("people/-/new/", people.person_new, name="person_new"),
    path("people/-/import/", imports.people_import, name="people_import"),
    path("people/-/people.csv", people.people_csv, name="people_csv"),
    path("people/<code:person_id>/", people.person_detail, name="person"),
    path("people/<code:person_id>/edit/", people.person_edit, name="person_edit"),
    path("people/<code:person_id>/anonymise/", people.person_anonymise, name="person_anonymise"),
    path("audit/", audit.audit_log, name="audit_log"),
    path("audit/audit.csv", audit.audit_csv, name="audit_csv"),
    path("audit/check/", audit.audit_check, name="audit_check"),
    path("approvals/", approvals.approval_list, name="approvals"),
    path("approvals/<int:pk>/", approvals.approval_decide, name="approval_decide"),
    path("me/", me.mine, name="my_data"),
    path("me/data.zip", me.download, name="my_data_zip"),
    path("me/mails/", me.mails, name="my_mails"),
    path("me/readers/", me.readers, name="my_readers"),
    path("customers/", customers.customers, name="customers"),
    path("customers/-/new/", customers.customer_new, name="customer_new"),
    path("customers/-/map/", links.the_map, name="supplier_map"),
    path("customers/-/map/new/", links.link_new, name="supplier_link_new"),
    path("customers/-/map/<int:pk>/", links.link_edit, name="supplier_link"),
    path("customers/-/map/<int:pk>/delete/", links.link_delete, name="supplier_link_delete"),
    path("customers/-/import/<slug:name>/", customers.register_import, name="customers_import"),
    path("customers/-/<slug:name>.csv", customers.register_csv, name="customers_csv"),
    path("customers/<code:code>/edit/", customers.customer_edit, name="customer_edit"),
    path("customers/<code:code>/delete/", customers.customer_delete, name="customer_delete"),
    path("customers/<code:code>/<slug:kind>/new/", customers.part_new, name="customer_part_new"),
    path("customers/<code:code>/<slug:kind>/<int:pk>/", customers.part_edit, name="customer_part"),
    path(
        "customers/<code:code>/<slug:kind>/<int:pk>/delete/",
        customers.part_delete,
        name="customer_part_delete",
    ),
]
