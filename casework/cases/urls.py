from django.urls import path

from casework.cases import (
    attendance_views,
    entry_views,
    identity_views,
    open_views,
    people_views,
    views,
    wall_views,
)
from casework.cases.frame import OWN_PAGES

app_name = "cases"
urlpatterns = [
    path("", views.my_work, name="my_work"),
    path("cases/", views.list_cases, name="list"),
    path("cases/new/", open_views.open_new, name="new"),
    path("cases/<str:reference>/", views.show_case, name="case"),
    path("cases/<str:reference>/change/", views.change, name="change"),
    path("cases/<str:reference>/close/", views.close, name="close"),
    path("cases/<str:reference>/reopen/", views.reopen, name="reopen"),
    path("cases/<str:reference>/identity/", identity_views.identity, name="identity"),
    path("cases/<str:reference>/identity/change/", identity_views.change, name="change_identity"),
    path("cases/<str:reference>/attendance/", attendance_views.attendance, name="attendance"),
    path("cases/<str:reference>/attendance/record/", attendance_views.record, name="record_attendance"),
    path("cases/<str:reference>/who/", people_views.who, name="who_can_see"),
    path("cases/<str:reference>/people/", people_views.people, name="people"),
    path("cases/<str:reference>/people/end/", people_views.end, name="end_access"),
    path("cases/<str:reference>/conflict/", wall_views.declare, name="declare_wall"),
    path("cases/<str:reference>/walls/", wall_views.walls, name="walls"),
    path("cases/<str:reference>/walls/lift/", wall_views.lift, name="lift_wall"),
    path("conflict/", wall_views.declare_by_reference, name="declare_wall_by_reference"),
    path("cases/<str:reference>/agencies/", people_views.agencies, name="agencies"),
    path("cases/<str:reference>/agencies/<int:participant>/leave/", people_views.agency_leaves, name="agency_leaves"),
    path("cases/<str:reference>/entries/new/", entry_views.new, name="new_entry"),
    path("cases/<str:reference>/entries/<int:entry>/", entry_views.show, name="entry"),
    path("cases/<str:reference>/entries/<int:entry>/change/", entry_views.change, name="change_entry"),
    *(
        path(f"cases/<str:reference>/{each.value}/", views.compartment_page(each), name=each.value)
        for each in OWN_PAGES
    ),
]
