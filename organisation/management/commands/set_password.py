import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.lib import audit
from organisation.models import Person


class Command(BaseCommand):
    help = "Set the password of a person, asked for at the prompt or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> str:
        person = Person.objects.filter(email__iexact=options["email"], is_active=True).first()
        if person is None:
            raise CommandError(
                _("Nobody active has the e-mail address {email}.").format(email=repr(options["email"]))
            )
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        person.set_password(password)
        person.save(update_fields=["password"])
        audit.record("person.set_password", f"person/{person.pk}", by=None)
        return _("The password of {email} is set.").format(email=person.email)
