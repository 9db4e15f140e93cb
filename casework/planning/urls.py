from django.urls import path

from casework.planning import question_views, request_views, views

app_name = "planning"
INTERVIEW = "cases/<str:reference>/interview/"
PLAN = INTERVIEW + "plans/<int:plan>/"
REQUEST = INTERVIEW + "requests/<int:request_number>/"
QUESTION = PLAN + "questions/<int:question>/"

urlpatterns = [
    path(INTERVIEW, views.interview, name="interview"),
    path(INTERVIEW + "plans/new/", views.new_plan, name="new_plan"),
    path(PLAN, views.show_plan, name="plan"),
    path(PLAN + "change/", views.change, name="change_plan"),
    path(PLAN + "sign/", views.sign, name="sign_plan"),
    path(PLAN + "close/", views.close, name="close_plan"),
    path(PLAN + "earlier/", views.earlier, name="earlier"),
    path(PLAN + "steps/", views.new_step, name="new_step"),
    path(PLAN + "steps/<int:step>/done/", views.step_done, name="step_done"),
    path(PLAN + "questions/new/", question_views.ask, name="ask"),
    path(PLAN + "questions/merge/", question_views.merge, name="merge"),
    path(QUESTION, question_views.question, name="question"),
    path(QUESTION + "check/", question_views.check, name="check"),
    path(QUESTION + "apart/", question_views.apart, name="take_apart"),
    path(INTERVIEW + "requests/new/", request_views.new_request, name="new_request"),
    path(REQUEST, request_views.show_request, name="request"),
    path(REQUEST + "answer/", request_views.take, name="take_answer"),
    path(REQUEST + "withdraw/", request_views.withdraw, name="withdraw"),
    path(REQUEST + "decide/", request_views.decide, name="decide"),
    path(REQUEST + "hearings/<int:hearing>/", request_views.hear, name="hear"),
]
