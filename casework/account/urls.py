from django.urls import path

from casework.account import edit_views, log_views, passage_views, paste_views, prior_views, seal_views, views

app_name = "account"
CASE = "cases/<str:reference>/account/"
TELLING = CASE + "tellings/<int:telling>/"

urlpatterns = [
    path(CASE, views.account, name="account"),
    path(CASE + "purpose/", views.purpose, name="purpose"),
    path(CASE + "before/", prior_views.told_before, name="told_before"),
    path(CASE + "tellings/new/", log_views.new_telling, name="new_telling"),
    path(TELLING, log_views.change_log, name="log"),
    path(TELLING + "paste/", paste_views.paste, name="paste"),
    path(TELLING + "passages/", edit_views.editor, name="editor"),
    path(TELLING + "passages/<int:passage>/", passage_views.passage, name="passage"),
    path(TELLING + "seal/", seal_views.seal, name="seal"),
]
