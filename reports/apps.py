from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        """Register what workers do; tell the register of customers, which knows no framework, of the blocks."""
        from organisation import blocks
        from reports import personal, tasks  # noqa: F401 - register what is held, and what workers do
        from reports.customers import block_choices

        blocks.offer(block_choices)
