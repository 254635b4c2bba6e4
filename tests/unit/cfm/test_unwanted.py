"""Characters that no database takes are refused at the door, on every database."""

import pytest

from tests.factories import assessments as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/cycles/x/units/%00/comments/",
        "/checklists/x/%00/",
        "/competencies/?q=a%00b",
        "/accounts/login/?%00=1",
    ],
)
def test_a_nul_in_an_address_is_refused_with_a_plain_page(client, address):
    make.organisation()
    client.force_login(make.open_cycle().invitations.first().person)

    response = client.get(address)

    assert response.status_code == 400
    assert "We could not read that" in response.content.decode()
