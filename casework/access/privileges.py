"""What the application role may do with each table. A test compares this list with the database."""

from typing import Any

READ, ADD, CHANGE, REMOVE = "select", "insert", "update", "delete"

# Confidential tables get their privileges with their policies; these are the others.
PRIVILEGES: dict[str, tuple[str, ...]] = {
    "agencies_agency": (READ,),
    "agencies_member": (READ, ADD, CHANGE),
    "agencies_member_groups": (READ,),
    "auth_group": (READ,),
    "auth_group_permissions": (READ,),
    "auth_permission": (READ,),
    "auditlog_logentry": (),
    "casework_secret": (),
    "django_content_type": (READ,),
    "django_migrations": (READ,),
    "django_session": (READ, ADD, CHANGE, REMOVE),
    "account_emailaddress": (READ, ADD, CHANGE, REMOVE),
    "account_emailconfirmation": (READ,),
    "mfa_authenticator": (READ, ADD, CHANGE, REMOVE),
    "guardian_groupobjectpermission": (READ,),
    "guardian_userobjectpermission": (READ,),
}


def apply_privileges(cursor: Any) -> None:
    """Give the application role these privileges, and no other on these tables. Run as owner after each migrate."""
    cursor.execute("select tablename from pg_tables where schemaname = 'public'")
    present = {row[0] for row in cursor.fetchall()}
    for table, verbs in PRIVILEGES.items():
        if table in present:
            cursor.execute(f"revoke all on {table} from casework_app, public")
            if verbs:
                cursor.execute(f"grant {', '.join(verbs)} on {table} to casework_app")
    cursor.execute("grant usage on all sequences in schema public to casework_app")
    cursor.execute("grant usage on schema public to casework_app, casework_grants")
