from django.apps import AppConfig


class SummariesConfig(AppConfig):
    name = "casework.summaries"
    label = "summaries"

    def ready(self) -> None:
        from casework.audit.record import register
        from casework.cases.panels import add_tabs
        from casework.cases.work import add_source
        from casework.summaries.models import Summary, SummaryCopy, SummaryItem
        from casework.summaries.panels import summaries_tab, summaries_to_work_on

        register(Summary, SummaryItem)
        # How far a job is is no fact about a case: asked for, ready, failed and taken out are.
        register(SummaryCopy, exclude=["progress", "touched_at"])
        add_tabs("summaries", summaries_tab)
        add_source("summaries", summaries_to_work_on)
