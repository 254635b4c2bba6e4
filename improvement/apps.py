from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImprovementConfig(AppConfig):
    name = "improvement"
    verbose_name = _("Improvement")

    def ready(self) -> None:
        """Register what workers do, and the facts that are told beside checklist entries."""
        from assessments import facts
        from improvement import personal, tasks  # noqa: F401 - registers what is held about people, what workers do
        from improvement.queries.recognition_facts import facts_of

        facts.offer("KC10", facts_of)
