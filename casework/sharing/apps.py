from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "casework.sharing"
    label = "sharing"

    def ready(self) -> None:
        from casework.account.topics_asked import topics_asked_at
        from casework.audit.record import register
        from casework.cases.closing import on_close
        from casework.cases.leaving import held_while_taking_part
        from casework.cases.panels import add_tabs, add_ways_in
        from casework.cases.work import add_source
        from casework.sharing.actions import end_shares_on_close
        from casework.sharing.panels import (
            cases_to_begin,
            openings_to_read,
            reviews_due,
            shares_held_by,
            shares_tab,
            topics_way_in,
            where_topics_are_asked_for,
            work_on_shares,
            work_on_topic_requests,
        )
        from casework.sharing.request_actions import lapse_requests_on_close

        register(*self.get_models())
        add_tabs("sharing", shares_tab)
        add_ways_in("topics", topics_way_in)
        add_source("sharing", work_on_shares)
        add_source("named", cases_to_begin)
        add_source("topics", work_on_topic_requests)
        topics_asked_at(where_topics_are_asked_for)
        add_source("review", reviews_due)
        add_source("opened", openings_to_read)
        held_while_taking_part("sharing", shares_held_by)
        on_close("sharing", end_shares_on_close)
        on_close("topics", lapse_requests_on_close)
