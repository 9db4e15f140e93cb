from django.urls import path

from casework.summaries import copy_views, views

app_name = "summaries"
LIST = "cases/<str:reference>/summaries/"
ONE = LIST + "<int:number>/"
COPY = ONE + "copies/<int:copy>/"

urlpatterns = [
    path(LIST, views.list_summaries, name="list"),
    path(LIST + "new/", views.new_summary, name="new"),
    path(ONE, views.summary, name="summary"),
    path(ONE + "details/", views.change_details, name="details"),
    path(ONE + "choose/", views.choose, name="choose"),
    path(ONE + "ask/", views.ask, name="ask"),
    path(ONE + "take-back/", views.take_back, name="take_back"),
    path(ONE + "decide/", views.decide, name="decide"),
    path(ONE + "open-again/", views.open_again, name="open_again"),
    path(ONE + "copies/new/", copy_views.new_copy, name="new_copy"),
    path(COPY, copy_views.copy, name="copy"),
    path(COPY + "progress/", copy_views.progress, name="progress"),
    path(COPY + "download/", copy_views.download, name="download"),
    path(COPY + "retry/", copy_views.retry, name="retry"),
]
