from django.urls import path

from casework.planning import question_views, views

app_name = "planning"
INTERVIEW = "cases/<str:reference>/interview/"
PLAN = INTERVIEW + "plans/<int:plan>/"
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
    path(QUESTION + "apart/", question_views.apart, name="take_apart"),
]
