from django.apps import AppConfig


class AccountConfig(AppConfig):
    name = "casework.account"
    label = "casework_account"

    def ready(self) -> None:
        from casework.account.panels import account_tab, tellings_by_case
        from casework.audit.record import register
        from casework.cases.panels import add_tabs, count_tellings_by

        register(*self.get_models())
        add_tabs("account", account_tab)
        count_tellings_by(tellings_by_case)
