from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "casework.bench"
    label = "bench"
