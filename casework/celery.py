"""The workers' way in."""

import os

from celery import Celery
from django.conf import settings

from casework.embedded import start_embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "casework.settings")
if settings.ENVIRONMENT.embedded:
    start_embedded(settings.VAR)
app = Celery("casework")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
