from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.operation.doctor import examine

WORDS: Final = {
    "ok": gettext_lazy("well"),
    "warning": gettext_lazy("look"),
    "wrong": gettext_lazy("wrong"),
}


class Command(BaseCommand):
    help = "Say what is wrong with this installation and what to do about it; exits with 1 when something is."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        for one in findings:
            self.stdout.write(f"{WORDS[one.state]:<6} {one.about}: {one.text}")
        wrong = sum(one.state == "wrong" for one in findings)
        if wrong:
            raise CommandError(_("{number} things are wrong.").format(number=wrong))
