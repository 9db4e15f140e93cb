from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    label = "agencies"

    def ready(self) -> None:
        from agencies.signals import connect
        from casework.audit.record import register

        connect()
        register(self.get_model("Agency"))
        register(self.get_model("Member"), exclude=["address_marks", "last_login", "password"])
