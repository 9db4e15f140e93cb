from django.urls import path

from casework.web import views

app_name = "web"
urlpatterns = [
    path("leave/", views.leave, name="leave"),
    path("almanac/", views.blank, name="blank"),
]
