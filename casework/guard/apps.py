from django.apps import AppConfig


class GuardConfig(AppConfig):
    name = "casework.guard"
    label = "guard"
