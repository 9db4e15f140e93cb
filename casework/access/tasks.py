"""Housekeeping that touches nothing of any case."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone


@shared_task(name="access.clear_ended_sessions")  # type: ignore[untyped-decorator]
def clear_ended_sessions() -> int:
    """Remove sessions that have ended. Returns how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
