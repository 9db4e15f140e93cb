from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "casework.vault"
    label = "vault"

    def ready(self) -> None:
        from casework.audit.reasons import seal_reasons_by
        from casework.vault.reasons import seal_reason

        seal_reasons_by(seal_reason)
