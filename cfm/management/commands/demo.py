import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.demo import people
from cfm.lib.waiting import workers
from cfm.serve import port_number, require_free, serve


class Command(BaseCommand):
    help = "Make the demo organisation, score it with a real Celery worker and serve it: no other step is needed."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000)
        parser.add_argument("--people", type=int, default=300, help="about so many people (60 to 20000)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another organisation")
        parser.add_argument("--no-serve", action="store_true", help="stop once the data are scored")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 60 <= options["people"] <= 20_000:
            raise CommandError(
                _("--people: expected 60 to 20000, not {value}").format(value=options["people"])
            )
        if not settings.CFM_DEMO:
            raise CommandError(
                _("The demo runs with CFM_DEMO=true only: manage.py sets it for this command.")
            )
        from cfm.demo.build import build

        if not options["no_serve"]:
            require_free(port=options["port"])
        call_command("migrate", verbosity=0)
        with workers():
            build(number=options["people"], seed=options["seed"], say=self._say)
            self._accounts(options["port"])
            if not options["no_serve"]:
                serve(port=options["port"], say=self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _accounts(self, port: int) -> None:
        self._say(_("Sign in at http://127.0.0.1:{port}/ with the password “demo” as:").format(port=port))
        for role, email in people.ACCOUNTS.items():
            self._say(f"  {email:<24} {role}")
        self._say(
            _("Data: {folder} (process {pid}). Stop with Ctrl-C.").format(
                folder=settings.DATA_DIR, pid=os.getpid()
            )
        )
