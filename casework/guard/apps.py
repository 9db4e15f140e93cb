from django.apps import AppConfig


class GuardConfig(AppConfig):
    name = "casework.guard"
    label = "guard"

    def ready(self) -> None:
        from casework.guard import checks  # noqa: F401 - registers the checks
