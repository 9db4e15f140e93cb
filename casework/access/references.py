"""Models of upper parts that grants point to. Looked up by name, so that no import points upwards."""

from typing import Any

from django.apps import apps


def share_model() -> Any:
    """The model that grants come from."""
    return apps.get_model("sharing", "Share")


def identity_request_model() -> Any:
    """The model on which a grant of the identity alone may stand."""
    return apps.get_model("custody", "IdentityRequest")
