from django.urls import path

from casework.oversight import views

app_name = "oversight"
urlpatterns = [
    path("", views.cases, name="cases"),
    path("cases/<str:reference>/", views.looks, name="looks"),
    path("search/", views.search_record, name="search"),
    path("refusals/", views.refusals, name="refusals"),
    path("sign-ins/", views.sign_ins, name="sign_ins"),
    path("entries/<int:entry>/", views.entry, name="entry"),
]
