"""Signing in, by django-allauth. Its views are named one by one: what is not listed here does not exist.

Three of them stand behind a rule of ours: nobody is left with a password alone.
"""

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.urls import path

from agencies import sign_in_views

urlpatterns = [
    path("sign-in/", account_views.login, name="account_login"),
    path("sign-out/", account_views.logout, name="account_logout"),
    path("sign-in/inactive/", account_views.account_inactive, name="account_inactive"),
    path("sign-in/again/", account_views.reauthenticate, name="account_reauthenticate"),
    path("sign-in/password/", sign_in_views.change_password, name="account_change_password"),
    path("sign-in/factor/", mfa_views.authenticate, name="mfa_authenticate"),
    path("sign-in/factor/again/", mfa_views.reauthenticate, name="mfa_reauthenticate"),
    path("factors/", mfa_views.index, name="mfa_index"),
    path("factors/app/", totp_views.activate_totp, name="mfa_activate_totp"),
    path("factors/app/remove/", sign_in_views.remove_app, name="mfa_deactivate_totp"),
    path("factors/codes/", recovery_views.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("factors/codes/new/", recovery_views.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("factors/keys/", webauthn_views.list_webauthn, name="mfa_list_webauthn"),
    path("factors/keys/add/", webauthn_views.add_webauthn, name="mfa_add_webauthn"),
    path("factors/keys/again/", webauthn_views.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("factors/keys/<int:pk>/", webauthn_views.edit_webauthn, name="mfa_edit_webauthn"),
    path("factors/keys/<int:pk>/remove/", sign_in_views.remove_key, name="mfa_remove_webauthn"),
]
