from django.urls import path

from casework.assessment import views

app_name = "assessment"
CASE = "cases/<str:reference>/assessment/"

urlpatterns = [
    path(CASE, views.assessment, name="assessment"),
    path(CASE + "screening/", views.screening, name="screening"),
    path(CASE + "pictures/", views.distribution, name="distribution"),
    path(CASE + "harms/", views.harms, name="harms"),
]
