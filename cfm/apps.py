from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The project package as an app, so that its commands are found."""

    name = "cfm"
    label = "cfm"
    verbose_name = "CFM"
