from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from organisation.models import Person
from organisation.services import leavers


class Command(BaseCommand):
    help = "Make somebody who has left anonymous: name, e-mail and person id are replaced, words about them deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person_id", metavar="PERSON_ID")
        parser.add_argument("--dry-run", action="store_true", help="check, and change nothing")

    def handle(self, *args: Any, **options: Any) -> str:
        wanted = options["person_id"]
        person = Person.objects.filter(person_id=wanted, anonymised_at=None).first()
        if person is None:
            raise CommandError(_("Nobody has the person id {value}.").format(value=repr(wanted)))
        try:
            leavers.require_possible(person, by=None)
            if options["dry_run"]:
                return _("{value} can be made anonymous; nothing is changed.").format(value=wanted)
            done = leavers.anonymise(person=person, by=None)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        return _("{value} is made anonymous and is {new} now.").format(value=wanted, new=done.person_id)
