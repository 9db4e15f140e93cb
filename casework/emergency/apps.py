from django.apps import AppConfig


class EmergencyConfig(AppConfig):
    name = "casework.emergency"
    label = "emergency"

    def ready(self) -> None:
        from casework.audit.record import register
        from casework.cases.closing import on_close
        from casework.cases.work import add_source
        from casework.emergency.actions import end_emergencies_on_close
        from casework.emergency.panels import emergencies_told

        register(*self.get_models())
        on_close("emergency", end_emergencies_on_close)
        add_source("emergency", emergencies_told)
