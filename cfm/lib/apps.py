from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LibConfig(AppConfig):
    name = "cfm.lib"
    label = "lib"

    def ready(self) -> None:
        from cfm.lib import audit_guard

        post_migrate.connect(audit_guard.put_up, sender=self)
