from django.urls import path

from agencies import sign_in_views, views

app_name = "agencies"
urlpatterns = [
    path("members/", views.list_members, name="members"),
    path("members/new/", views.add, name="add"),
    path("members/<int:number>/", views.show_member, name="member"),
    path("members/<int:number>/roles/", views.roles, name="roles"),
    path("members/<int:number>/dates/", views.dates, name="dates"),
    path("members/<int:number>/address/", views.address, name="address"),
    path("members/<int:number>/end/", views.end, name="end"),
    path("members/<int:number>/sign-in/", views.sign_in_allowed, name="sign_in_allowed"),
    path("members/<int:number>/link/", views.new_link, name="new_link"),
    path("set-up/<str:token>/", sign_in_views.set_up, name="set_up"),
    path("second-factor/", sign_in_views.second_factor, name="second_factor"),
    path("confirm/", sign_in_views.confirm, name="confirm"),
    path("demo/", sign_in_views.demo_sign_in, name="demo_sign_in"),
    path("stay/", sign_in_views.stay, name="stay"),
]
