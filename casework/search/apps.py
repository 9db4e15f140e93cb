from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "casework.search"
    label = "search"

    def ready(self) -> None:
        from casework.cases.panels import add_tabs
        from casework.search import checks  # noqa: F401 - registers the system check
        from casework.search.panels import search_tab

        add_tabs("account_search", search_tab)
