from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "casework.custody"
    label = "custody"

    def ready(self) -> None:
        from casework.audit.record import register
        from casework.cases.closing import on_close
        from casework.cases.panels import add_tabs
        from casework.cases.work import add_source
        from casework.custody.actions import end_requests_on_close
        from casework.custody.panels import requests_tab, work_on_requests

        register(*self.get_models())
        add_tabs("custody", requests_tab)
        add_source("custody", work_on_requests)
        on_close("custody", end_requests_on_close)
