"""The demo never mixes with an organisation that is not its own."""

import pytest
from django.core.management.base import CommandError

from assessments.models import Framework
from cfm.demo import build
from organisation.models import Person
from tests.factories.organisation import PersonFactory


@pytest.mark.django_db
def test_the_demo_leaves_a_database_with_other_people_as_it_is():
    somebody = PersonFactory()

    with pytest.raises(CommandError, match="CFM_DATA_DIR"):
        build.build(number=60, seed=1, say=lambda _line: None)

    assert list(Person.objects.all()) == [somebody]
    assert not Framework.objects.exists()
