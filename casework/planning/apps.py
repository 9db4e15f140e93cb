from django.apps import AppConfig, apps
from django.utils.module_loading import import_string


class PlanningConfig(AppConfig):
    name = "casework.planning"
    label = "planning"

    def ready(self) -> None:
        from casework.account.hooks import before_recording, before_sealing
        from casework.audit.record import register
        from casework.cases.panels import add_tabs
        from casework.cases.work import add_source
        from casework.planning.interviews import check_gate, note_interview, questions_have_outcomes
        from casework.planning.panels import answered_questions, planning_tab, planning_to_work_on, requests_to_work_on
        from casework.planning.record import search_by

        register(*self.get_models())
        if apps.is_installed("casework.search"):
            import_string("casework.search.panels.asked_before_by")(answered_questions)
            search_by(import_string("casework.search.selectors.already_told"))
        add_tabs("planning", planning_tab)
        add_source("planning", planning_to_work_on)
        add_source("planning_requests", requests_to_work_on)
        before_recording(check_gate)
        before_recording(note_interview)
        before_sealing(questions_have_outcomes)
