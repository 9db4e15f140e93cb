from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "casework.access"
    label = "access"

    def ready(self) -> None:
        from casework.access import checks, scopes  # noqa: F401 - registers the system checks
        from casework.audit.record import register

        scopes.install()
        register(self.get_model("CaseGrant"), self.get_model("Wall"), self.get_model("Blinding"))
