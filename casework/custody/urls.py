from django.urls import path

from casework.custody import views

app_name = "custody"
urlpatterns = [
    path("cases/<str:reference>/identity/requests/", views.of_case, name="of_case"),
    path("cases/<str:reference>/identity/requests/new/", views.ask, name="ask"),
    path("cases/<str:reference>/identity/requests/<int:asked>/", views.show, name="request"),
    path("cases/<str:reference>/identity/requests/<int:asked>/decide/", views.decide, name="decide"),
    path("cases/<str:reference>/identity/requests/<int:asked>/withdraw/", views.withdraw, name="withdraw"),
    path("cases/<str:reference>/identity/requests/<int:asked>/end/", views.end, name="end"),
]
