"""The web server's way in."""

import os

from django.conf import settings
from django.core.management import BaseCommand
from django.core.wsgi import get_wsgi_application

from casework.embedded import start_embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "casework.settings")
if settings.ENVIRONMENT.embedded:
    start_embedded(settings.VAR)
application = get_wsgi_application()
BaseCommand().check()  # gunicorn asks nobody: a failed system check stops the start here as it does in manage.py
