from django.urls import path

from casework.sharing import views

app_name = "sharing"
urlpatterns = [
    path("shares/", views.inbox, name="inbox"),
    path("cases/<str:reference>/shares/", views.of_case, name="of_case"),
    path("cases/<str:reference>/shares/new/", views.offer, name="offer"),
    path("shares/<str:reference>/<int:share>/", views.received, name="received"),
    path("shares/<str:reference>/<int:share>/accept/", views.accept, name="accept"),
    path("shares/<str:reference>/<int:share>/decline/", views.reject, name="reject"),
    path("shares/<str:reference>/<int:share>/end/", views.end_naming, name="end_naming"),
    path("cases/<str:reference>/shares/<int:share>/withdraw/", views.revoke, name="revoke"),
]
