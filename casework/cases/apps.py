from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "casework.cases"
    label = "cases"

    def ready(self) -> None:
        from casework.audit.record import register
        from casework.cases.walls import walls_to_know
        from casework.cases.work import add_source

        register(*self.get_models())
        add_source("walls", walls_to_know)
