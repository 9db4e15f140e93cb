from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "casework.audit"
    label = "audit"

    def ready(self) -> None:
        from casework.audit import checks  # noqa: F401 - registers the system check
