from django.urls import path

from casework.sharing import giving_views, receiving_views, request_views, review_views, views

app_name = "sharing"
REQUEST = "cases/<str:reference>/shares/requests/<int:topic_request>/"
urlpatterns = [
    path("cases/<str:reference>/shares/", views.of_case, name="of_case"),
    path("cases/<str:reference>/shares/new/", giving_views.offer, name="offer"),
    path("cases/<str:reference>/shares/<int:share>/change/", giving_views.change, name="change"),
    path("shares/<str:reference>/<int:share>/second/", giving_views.second, name="second"),
    path("shares/<str:reference>/<int:share>/second/agree/", giving_views.agree, name="agree"),
    path("shares/<str:reference>/<int:share>/second/refuse/", giving_views.refuse, name="refuse"),
    path("cases/<str:reference>/shares/<int:share>/withdraw/", views.revoke, name="revoke"),
    path("cases/<str:reference>/shares/ask/", request_views.ask, name="ask_topics"),
    path(REQUEST, request_views.show, name="topic_request"),
    path(REQUEST + "decline/", request_views.decline, name="decline_topics"),
    path(REQUEST + "withdraw/", request_views.withdraw, name="withdraw_topics"),
    path("cases/<str:reference>/opened/", review_views.opened, name="opened"),
    path("cases/<str:reference>/still/<str:part>/", review_views.still, name="still"),
    path("oversight/cases/<str:reference>/review/", review_views.review, name="review"),
    path("oversight/cases/<str:reference>/shares/", views.overseen, name="overseen"),
    path("oversight/cases/<str:reference>/shares/<int:share>/withdraw/", views.revoke_overseen, name="revoke_overseen"),
    path("shares/", receiving_views.inbox, name="inbox"),
    path("shares/<str:reference>/<int:share>/", receiving_views.received, name="received"),
    path("shares/<str:reference>/<int:share>/accept/", receiving_views.accept, name="accept"),
    path("shares/<str:reference>/<int:share>/decline/", receiving_views.reject, name="reject"),
    path("shares/<str:reference>/<int:share>/end/", receiving_views.end_naming, name="end_naming"),
]
