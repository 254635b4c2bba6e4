from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImprovementConfig(AppConfig):
    name = "improvement"
    verbose_name = _("Improvement")

    def ready(self) -> None:
        """Register what workers do, the facts told beside checklist entries, and what invitations add."""
        from assessments import facts
        from assessments.services import extras
        from improvement import personal, tasks  # noqa: F401 - registers what is held about people, what workers do
        from improvement.queries.recognition_facts import facts_of
        from improvement.services.said import mail_lines

        facts.offer("KC10", facts_of)
        extras.offer(mail_lines)
