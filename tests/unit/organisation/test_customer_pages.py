"""The register in the browser: the list, keeping a customer and what belongs to it, and the supplier map."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from cfm.lib.models import AuditEvent
from organisation import services as directory
from organisation.models import Channel, Customer, Promise, PromiseResult, SatisfactionFigure, SupplierLink
from organisation.queries.customers import CONSTITUENCIES, INTERNAL
from organisation.services import customers as services
from tests.factories.customers import CustomerFactory, channel, figure, link, promise
from tests.factories.organisation import PersonFactory, UnitFactory, root

pytestmark = pytest.mark.django_db

YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
LONG_AGO = date.today() - timedelta(days=500)


def text_of(response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def north():
    return UnitFactory(code="NORTH", name="Northern works")


@pytest.fixture
def south():
    return UnitFactory(code="SOUTH", name="Southern works")


@pytest.fixture
def manager(client, north):
    person = PersonFactory(unit=north, roles=["manager"])
    client.force_login(person)
    return person


@pytest.fixture
def hr(client):
    person = PersonFactory(roles=["hr"])
    client.force_login(person)
    return person


# The list


def test_staff_read_the_whole_register_and_are_offered_no_change(client, north, south):
    CustomerFactory(name="Home customers", owner_unit=south)
    client.force_login(PersonFactory(unit=north))

    page = client.get("/customers/")

    assert "Home customers" in text_of(page)
    assert "Register a customer" not in text_of(page)
    assert "/customers/-/import/" not in page.content.decode()


def test_the_list_says_what_is_kept_how_satisfied_and_who_is_not_heard(client, hr, north):
    loud = CustomerFactory(name="Loud", serving_unit=north)
    promise(loud, code="P1", results={"2024-03-01": 70, "2025-03-01": 85})
    promise(loud, code="P2", results={"2025-03-01": 60})
    promise(loud, code="P3")
    channel(loud)
    figure(loud, "2024-03-01", 5)
    figure(loud, "2025-03-01", 17)
    CustomerFactory(name="Mute")
    channel(CustomerFactory(name="Quiet"), heard_on=LONG_AGO)

    text = text_of(client.get("/customers/"))

    assert "1 of 2 kept" in text
    assert "NPS +17 Mar 2025, up 12" in text
    assert "1 promise is not measured yet" in text
    assert re.search(r"Nobody hears: Mute Not heard for more than a year: Quiet ", text)
    assert "quiet for a year" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=answers", {"Asked"}),
        ("kind=partner", {"Partner"}),
        ("internal=1", {"Colleagues"}),
        ("unit=NORTH", {"Asked"}),
        ("look=no_voice", {"Partner", "Colleagues"}),
        ("look=broken", {"Partner"}),
        ("look=unserved", {"Partner", "Colleagues"}),
        ("kind=nonsense", {"Asked", "Partner", "Colleagues"}),
    ],
)
def test_the_list_is_narrowed_by_its_address(client, hr, north, query, found):
    channel(CustomerFactory(name="Asked", serving_unit=north, expectations="Quick answers"))
    promise(CustomerFactory(name="Partner", kind="partner"), results={"2025-03-01": 10})
    CustomerFactory(name="Colleagues", is_internal=True)

    lines = client.get(f"/customers/?{query}").context["lines"]

    assert {line.customer.name for line in lines} == found


def test_the_list_sorts_by_kind_and_turns_round(client, hr):
    for kind in ("supporter", "client"):
        CustomerFactory(kind=kind)

    rising = [line.customer.kind for line in client.get("/customers/?sort=kind").context["lines"]]
    falling = [line.customer.kind for line in client.get("/customers/?sort=-kind").context["lines"]]

    assert rising == ["client", "supporter"]
    assert falling == ["supporter", "client"]


def test_kinds_of_which_nobody_is_registered_are_named(client, hr):
    CustomerFactory(kind="financier")

    text = text_of(client.get("/customers/"))

    assert re.search(r"Nobody is registered yet as: customers , clients , .* volunteers", text)
    assert "as: financiers" not in text


def test_every_constituency_of_the_domain_has_its_kind():
    assert [one.source for one in (*CONSTITUENCIES, INTERNAL)] == [f"M-C{number}" for number in range(1, 9)]
    assert [one.kind for one in CONSTITUENCIES] == Customer.Kind.values


def test_an_empty_register_says_how_to_begin(client, hr):
    text = text_of(client.get("/customers/"))

    assert "No customers yet" in text
    assert "Register a customer" in text


def fill(number: int) -> None:
    for _one in range(number):
        customer = CustomerFactory(serving_unit=UnitFactory())
        for code in ("P1", "P2"):
            promise(customer, code=code, results={"2024-03-01": 70, "2025-03-01": 85})
        channel(customer)
        figure(customer, "2025-03-01", 17)
        link(UnitFactory(), UnitFactory())


@pytest.mark.parametrize("page", ["/customers/", "/customers/-/map/"])
def test_a_page_needs_the_same_queries_for_one_customer_and_for_ten(
    client, hr, page, django_assert_num_queries, django_assert_max_num_queries
):
    fill(1)
    client.get(page)
    with django_assert_max_num_queries(25) as few:
        client.get(page)
    fill(9)

    with django_assert_num_queries(len(few)):
        client.get(page)


# Keeping a customer

NEW = {"code": "HOME", "name": "Home customers", "kind": "customer", "owner_unit": "NORTH"}


def test_a_manager_registers_a_customer_of_the_own_unit(client, manager):
    response = client.post("/customers/-/new/", NEW | {"expectations": "Quick\r\nFriendly"})

    assert response["Location"] == "/customers/HOME/"
    made = Customer.objects.get()
    assert (made.owner_unit.code, made.serving_unit, made.is_internal) == ("NORTH", None, False)
    line = AuditEvent.objects.get(action="customer.create")
    assert (line.actor, line.subject) == (manager.pk, "HOME")


def test_a_new_customer_is_offered_the_own_unit_as_owner(client, manager):
    page = client.get("/customers/-/new/").content.decode()

    assert '<option value="NORTH" selected>' in page


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(client, manager, south):
    for change in ({"code": "a/b"}, {"name": "x\u202ey"}, {"owner_unit": "SOUTH"}, {"kind": "friend"}):
        response = client.post("/customers/-/new/", NEW | change)
        assert response.status_code == 400
        assert list(response.context["form"].errors) == list(change)
    assert not Customer.objects.exists()


def test_the_code_of_a_customer_stays(client, hr, north):
    CustomerFactory(code="HOME", owner_unit=north)

    client.post("/customers/HOME/edit/", NEW | {"code": "OTHER"})

    assert Customer.objects.get().code == "HOME"
    assert Customer.objects.get().name == "Home customers"


def test_saving_without_a_change_leaves_no_line(client, hr, north):
    CustomerFactory(code="HOME", name="Home customers", owner_unit=north)

    client.post("/customers/HOME/edit/", NEW)

    assert not AuditEvent.objects.filter(action="customer.change").exists()


def test_a_customer_that_the_own_unit_only_serves_may_be_kept_too(client, manager, north, south):
    CustomerFactory(code="HOME", owner_unit=south, serving_unit=north)

    changed = {"name": "Renamed", "kind": "client", "owner_unit": "SOUTH", "serving_unit": "NORTH"}
    response = client.post("/customers/HOME/edit/", changed)

    assert response.status_code == 302
    assert Customer.objects.get().name == "Renamed"


def test_the_service_refuses_what_the_page_would_not_offer(north, south):
    theirs = CustomerFactory(owner_unit=south)
    manager = PersonFactory(unit=north, roles=["manager"])

    with pytest.raises(PermissionDenied):
        services.save_customer(customer=theirs, by=manager)
    with pytest.raises(PermissionDenied):
        services.delete_customer(customer=theirs, by=manager)
    with pytest.raises(PermissionDenied):
        services.save_part(part=Promise(customer=theirs, code="P1"), by=manager)
    with pytest.raises(PermissionDenied):
        services.save_customer(customer=theirs, by=PersonFactory(roles=["executive"]))
    assert Customer.objects.count() == 1


def test_a_customer_is_deleted_with_all_that_belongs_to_it(client, manager, north):
    customer = CustomerFactory(code="HOME", owner_unit=north)
    promise(customer, results={"2025-03-01": 1})
    channel(customer)
    figure(customer, "2025-03-01", 1)

    assert "are deleted with it" in text_of(client.get("/customers/HOME/delete/"))
    client.post("/customers/HOME/delete/")

    for model in (Customer, Promise, PromiseResult, Channel, SatisfactionFigure):
        assert not model.objects.exists()


def test_a_unit_with_customers_is_not_deleted_under_them(north):
    CustomerFactory(owner_unit=north)
    link(north, root())

    assert directory.contents(north) == {"customers": 1, "links between suppliers and customers": 1}


# What belongs to a customer


@pytest.fixture
def home(north):
    return CustomerFactory(code="HOME", owner_unit=north)


def test_a_promise_is_made_measured_and_judged(client, manager, home):
    made = {"code": "P1", "text": "Quick", "measure": "Share", "comparison": "at_least", "target": "80"}
    client.post("/customers/HOME/promises/new/", made)
    for value, day in (("79.9", "2025-03-01"), ("80", "2025-09-01")):
        client.post("/customers/HOME/results/new/", {"promise": "P1", "measured_on": day, "value": value})

    results = PromiseResult.objects.order_by("measured_on").values_list("kept", flat=True)
    assert list(results) == [False, True]


def test_at_most_is_kept_from_the_other_side(client, manager, home):
    promise(home, comparison="at_most", target=15)

    for value, day in (("15", "2025-03-01"), ("15.001", "2025-09-01")):
        client.post("/customers/HOME/results/new/", {"promise": "P1", "measured_on": day, "value": value})

    assert list(PromiseResult.objects.order_by("value").values_list("kept", flat=True)) == [True, False]


def test_a_new_target_changes_no_past_verdict(client, manager, home):
    kept = promise(home, results={"2025-03-01": 85})
    changed = {"text": "Quick", "measure": "Share", "comparison": "at_least", "target": "90"}

    client.post(f"/customers/HOME/promises/{kept.pk}/", changed)

    assert Promise.objects.get().target == 90
    assert PromiseResult.objects.get().kept is True


def test_a_result_needs_a_promise_first(client, manager, home):
    response = client.get("/customers/HOME/results/new/")

    assert response["Location"] == "/customers/HOME/promises/new/"


def test_two_results_of_one_day_are_refused(client, manager, home):
    promise(home, results={"2025-03-01": 85})

    response = client.post(
        "/customers/HOME/results/new/", {"promise": "P1", "measured_on": "2025-03-01", "value": "1"}
    )

    assert response.status_code == 400
    assert "There is a result of this day already" in text_of(response)


def test_a_channel_counts_contacts_and_names_nobody(client, manager, home):
    made = {
        "code": "H1",
        "kind": "visit",
        "description": "We go there",
        "frequency": "yearly",
        "contacts": "40",
    }

    client.post("/customers/HOME/channels/new/", made | {"heard_on": YESTERDAY})

    one = Channel.objects.get()
    assert (one.contacts, one.heard_on.isoformat()) == (40, YESTERDAY)
    personal = {"name", "email", "phone", "person"}
    assert personal.isdisjoint(field.name for field in Channel._meta.fields)


@pytest.mark.parametrize(
    ("entered", "told"),
    [
        ({"measure": "nps", "value": "101"}, "NPS runs from -100 to 100"),
        ({"measure": "own", "value": "3"}, "Name a measure of your own"),
        ({"measure": "csat", "name": "Mine", "value": "3"}, "Name a measure of your own"),
        ({"measure": "ces", "value": "many"}, "Enter a number"),
        ({"measure": "nps", "value": "1", "measured_on": "2999-01-01"}, "until today"),
    ],
)
def test_a_satisfaction_figure_off_its_scale_is_refused(client, manager, home, entered, told):
    response = client.post("/customers/HOME/satisfaction/new/", {"measured_on": "2025-03-01"} | entered)

    assert response.status_code == 400
    assert told in text_of(response)
    assert not SatisfactionFigure.objects.exists()


def test_a_figure_is_corrected_and_deleted(client, manager, home):
    one = figure(home, "2025-03-01", 17)
    address = f"/customers/HOME/satisfaction/{one.pk}/"

    client.post(address, {"measure": "nps", "measured_on": "2025-03-01", "value": "18", "answers": "50"})
    assert SatisfactionFigure.objects.get().value == 18
    client.post(f"{address}delete/")

    assert not SatisfactionFigure.objects.exists()
    told = AuditEvent.objects.filter(subject="HOME").values_list("action", "details__what")
    assert set(told) == {
        ("customer.change_part", "satisfaction figure"),
        ("customer.delete_part", "satisfaction figure"),
    }


def test_what_belongs_to_one_customer_is_not_found_under_another(client, manager, home, north):
    other = figure(CustomerFactory(code="OTHER", owner_unit=north), "2025-03-01", 1)

    assert client.get(f"/customers/HOME/satisfaction/{other.pk}/").status_code == 404


def test_building_blocks_are_ticked_where_a_framework_is_loaded(client, manager, home):
    from tests.factories.reports import framework

    framework()
    page = client.get("/customers/HOME/promises/new/").content.decode()
    assert "B2 Make a business case" in unescape(page)
    made = {"code": "P1", "text": "Quick", "measure": "Share", "comparison": "at_least", "target": "80"}

    client.post("/customers/HOME/promises/new/", made | {"blocks": ["B4", "B2"]})

    assert set(Promise.objects.get().blocks.split()) == {"B2", "B4"}


def test_a_block_of_an_older_framework_stays_on_offer(client, manager, home):
    kept = promise(home, blocks="OLD")

    page = client.get(f"/customers/HOME/promises/{kept.pk}/").content.decode()

    assert re.search(r'value="OLD"[^>]*checked', page)


# Files


def test_a_preview_of_figures_shows_what_comes_and_a_confirmation_takes_it(client, manager, home):
    text = "customer,measure,name,measured_on,value,answers,note\nHOME,nps,,2025-03-01,17,40,\n"
    address = "/customers/-/import/satisfaction/"

    shown = client.post(address, {"file": SimpleUploadedFile("figures.csv", text.encode())})
    assert "1 to create, 0 to change" in text_of(shown)
    assert not SatisfactionFigure.objects.exists()
    done = client.post(address, {"checked": shown.context["checked"]})

    assert done["Location"] == "/customers/"
    assert SatisfactionFigure.objects.get().value == 17


def test_an_archive_in_place_of_a_file_is_answered_with_a_clear_word(client, manager):
    upload = SimpleUploadedFile("customers.csv", b"PK\x03\x04" + b"\x00" * 50)

    response = client.post("/customers/-/import/customers/", {"file": upload})

    assert response.status_code == 400
    assert "save it as CSV (UTF-8) first" in text_of(response)


def test_a_download_is_written_to_the_audit_log(client, home):
    reader = PersonFactory()
    client.force_login(reader)

    body = b"".join(client.get("/customers/-/customers.csv?bom=1")).decode()

    assert body.startswith("\ufeffcustomer,name,kind,internal,owner_unit,serving_unit,expectations\r\nHOME,")
    line = AuditEvent.objects.get(action="customer.export")
    assert (line.actor, line.subject, line.details) == (reader.pk, "customers", {"count": 1})


# The supplier map


def test_the_map_names_units_that_serve_nobody_and_customers_without_a_voice(client, hr, north, south):
    depot = UnitFactory(name="Depot", parent=north)
    UnitFactory(name="Idle works")
    link(depot, south, heard_through="")
    CustomerFactory(name="Town", serving_unit=None)

    page = client.get("/customers/-/map/")

    assert [unit.name for unit in page.context["map"].serve_nobody] == ["Idle works", "Southern works"]
    text = text_of(page)
    assert (
        "1 link between 1 suppliers and 1 internal customers. In 1 of them the customer has no voice." in text
    )
    assert "Southern works, as the customer of Depot" in text
    assert "Customers of the register without a voice" in text
    assert "Town" in text


def test_a_unit_that_serves_a_registered_customer_serves_somebody(client, hr, north):
    CustomerFactory(serving_unit=north)

    page = client.get("/customers/-/map/")

    assert page.context["map"].serve_nobody == []


def test_the_picture_has_every_unit_and_tells_the_silent_links_apart(client, hr, north, south):
    link(north, south)
    link(south, north, heard_through="")

    figure = client.get("/customers/-/map/").context["figure"]

    heard, silent, suppliers, receivers = figure["data"]
    assert (heard["line"]["dash"], silent["line"]["dash"]) == ("solid", "dash")
    assert figure["layout"]["yaxis"]["ticktext"] == ["Northern works", "Southern works"]
    assert receivers["hovertext"][0] == "Northern works<br>depends on: Southern works"
    assert suppliers["hovertext"][0] == "Northern works<br>works for: Southern works"


def test_a_link_is_kept_by_managers_of_either_unit_and_by_nobody_else(client, manager, north, south):
    mine, theirs = link(south, north), link(south, root())
    page = client.get("/customers/-/map/")

    assert page.context["editable"] == {mine.pk}
    assert client.get(f"/customers/-/map/{theirs.pk}/").status_code == 404
    client.post(
        f"/customers/-/map/{mine.pk}/", {"supplier": "SOUTH", "customer": "NORTH", "delivers": "Tools"}
    )
    assert SupplierLink.objects.get(pk=mine.pk).delivers == "Tools"
    client.post(f"/customers/-/map/{mine.pk}/delete/")
    assert list(SupplierLink.objects.all()) == [theirs]


def test_the_same_link_twice_and_a_unit_as_its_own_customer_are_refused(client, hr, north, south):
    link(north, south)

    again = client.post("/customers/-/map/new/", {"supplier": "NORTH", "customer": "SOUTH", "delivers": "x"})
    own = client.post("/customers/-/map/new/", {"supplier": "NORTH", "customer": "NORTH", "delivers": "x"})

    assert "These two units are linked this way already." in text_of(again)
    assert "A unit can't be its own customer." in text_of(own)
    assert SupplierLink.objects.count() == 1


def test_an_empty_map_says_how_to_begin(client, hr):
    assert "No links yet" in text_of(client.get("/customers/-/map/"))
