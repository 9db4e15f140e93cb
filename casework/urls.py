"""Every address, part by part."""

from django.urls import include, path

urlpatterns = [
    path("", include("agencies.sign_in_urls")),
    path("", include("casework.web.urls")),
    path("", include("casework.cases.urls")),
    path("", include("casework.account.urls")),
    path("", include("casework.search.urls")),
    path("", include("casework.planning.urls")),
    path("", include("casework.assessment.urls")),
    path("", include("casework.sharing.urls")),
    path("", include("casework.emergency.urls")),
    path("", include("casework.custody.urls")),
    path("", include("casework.summaries.urls")),
    path("oversight/", include("casework.oversight.urls")),
    path("agency/", include("agencies.urls")),
    path("drafts/", include("casework.drafts.urls")),
]
