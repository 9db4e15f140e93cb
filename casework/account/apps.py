from django.apps import AppConfig


class AccountConfig(AppConfig):
    name = "casework.account"
    label = "casework_account"

    def ready(self) -> None:
        from casework.account.panels import account_tab, ask_whether_told_before, counts_by_case, work_of_account
        from casework.account.verification import tellings_not_as_sealed
        from casework.audit.record import register
        from casework.audit.seal.running import also_verify
        from casework.cases.opening import ask_after_opening
        from casework.cases.panels import add_tabs, count_tellings_by
        from casework.cases.work import add_source

        register(*self.get_models())
        also_verify(tellings_not_as_sealed)
        add_tabs("account", account_tab)
        count_tellings_by(counts_by_case)
        ask_after_opening(ask_whether_told_before)
        add_source("account", work_of_account)
