from django.urls import path

from agencies import views

app_name = "agencies"
urlpatterns = [
    path("members/", views.members, name="members"),
    path("members/new/", views.new_member, name="new_member"),
    path("members/<int:member>/", views.member, name="member"),
    path("members/<int:member>/roles/", views.roles, name="roles"),
    path("members/<int:member>/standing/", views.standing, name="standing"),
    path("members/<int:member>/end/", views.end, name="end"),
    path("set-up/<str:token>/", views.set_up, name="set_up"),
    path("second-factor/", views.second_factor, name="second_factor"),
    path("demo/", views.demo_sign_in, name="demo_sign_in"),
    path("stay/", views.stay, name="stay"),
]
