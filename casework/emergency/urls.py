from django.urls import path

from casework.emergency import review_views, views

app_name = "emergency"
urlpatterns = [
    path("emergency/", views.start, name="start"),
    path("emergency/open/", views.open_case, name="open"),
    path("emergency/end/", views.end, name="end"),
    path("emergency/<int:emergency>/", views.own, name="own"),
    path("oversight/emergencies/", review_views.queue, name="queue"),
    path("oversight/emergencies/<str:reference>/<int:emergency>/", review_views.show, name="review"),
    path("oversight/emergencies/<str:reference>/<int:emergency>/end/", review_views.end, name="end_overseen"),
]
