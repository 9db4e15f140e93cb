"""Routes by how far the sign-in has come; views of django-allauth can't declare a rule themselves.

Each set is compared with the resolver in a test.
"""

# No sign-in needed; they show nothing of any case.
BEFORE_SIGN_IN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "mfa_authenticate",
}

# Signed in by password; a second factor is being set up, or the session is being confirmed.
BEFORE_SECOND_FACTOR = {
    "agencies:second_factor",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
}

# Of these, what gives or shows a factor: only for whoever has none yet. A session that a password alone opened gets
# nothing more of a member who has one.
SETS_UP_FACTOR = {
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
}

# Members' own sign-in settings.
FOR_MEMBERS = {
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_edit_webauthn",
}
