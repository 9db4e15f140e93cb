from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "casework.planning"
    label = "planning"

    def ready(self) -> None:
        from casework.account.hooks import before_recording, before_sealing
        from casework.audit.record import register
        from casework.cases.panels import add_tabs
        from casework.cases.work import add_source
        from casework.planning.interviews import note_interview, questions_have_outcomes
        from casework.planning.panels import planning_tab, planning_to_work_on

        register(*self.get_models())
        add_tabs("planning", planning_tab)
        add_source("planning", planning_to_work_on)
        before_recording(note_interview)
        before_sealing(questions_have_outcomes)
