"""Models of upper parts that grants and walls look at. Looked up by name, so that no import points upwards."""

from typing import Any

from django.apps import apps


def share_model() -> Any:
    """The model that grants come from."""
    return apps.get_model("sharing", "Share")


def telling_model() -> Any:
    """The model of an occasion on which the child told, by which it is known who recorded what."""
    return apps.get_model("casework_account", "Telling")


def identity_request_model() -> Any:
    """The model on which a grant of the identity alone may stand."""
    return apps.get_model("custody", "IdentityRequest")
