from django.urls import path

from casework.search import views

app_name = "search"
urlpatterns = [path("cases/<str:reference>/account/already-told/", views.ask, name="ask")]
