from django.urls import path

from casework.drafts import views

app_name = "drafts"
urlpatterns = [
    path("", views.keep, name="keep"),
    path("discard/", views.discard, name="discard"),
]
