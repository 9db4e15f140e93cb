from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "casework.assessment"
    label = "assessment"

    def ready(self) -> None:
        from casework.assessment.panels import assessment_tab, distribution_caution
        from casework.assessment.rules import check_is_screened
        from casework.audit.record import register
        from casework.cases.panels import add_cautions, add_tabs
        from casework.cases.stage_checks import before_leaving

        register(*self.get_models())
        add_tabs("assessment", assessment_tab)
        add_cautions("assessment", distribution_caution)
        before_leaving("assessment", check_is_screened)
