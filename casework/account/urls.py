from django.urls import path

from casework.account import paste_views, views

app_name = "account"
CASE = "cases/<str:reference>/account/"
TELLING = CASE + "tellings/<int:telling>/"

urlpatterns = [
    path(CASE, views.account, name="account"),
    path(CASE + "purpose/", views.purpose, name="purpose"),
    path(CASE + "tellings/new/", views.new_telling, name="new_telling"),
    path(TELLING, views.change_log, name="log"),
    path(TELLING + "paste/", paste_views.paste, name="paste"),
    path(TELLING + "passages/", paste_views.tags, name="tags"),
    path(TELLING + "passages/<int:passage>/", views.passage, name="passage"),
    path(TELLING + "seal/", views.seal, name="seal"),
]
