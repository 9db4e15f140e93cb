from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "casework.drafts"
    label = "drafts"
