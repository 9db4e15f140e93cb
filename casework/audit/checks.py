"""What `manage.py check --deploy` says of the record."""

from typing import Any

from django.core.checks import CheckMessage, register
from django.core.checks import Warning as Caution

from casework.audit.seal.running import is_set_up
from casework.audit.seal.store import SealProblem
from casework.audit.seal.witnesses import FileWitness, witnesses


@register(deploy=True)
def check_the_record_is_sealed(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """A record that nobody seals can be rewritten; one without a witness elsewhere can be, with the signing key."""
    if not is_set_up():
        hint = "Set DATABASE_SEALER_URL, SEAL_KEY_FILE and SEAL_FOLDER on the machine that runs the workers."
        return [Caution("The record of looks is not sealed.", hint=hint, id="audit.W001")]
    try:
        elsewhere = [witness for witness in witnesses() if not isinstance(witness, FileWitness)]
    except SealProblem as problem:
        return [Caution(str(problem), id="audit.W002")]
    if elsewhere:
        return []
    hint = "Ask another agency to run `manage.py witness`, and name it in SEAL_WITNESSES."
    return [Caution("No witness outside of this house keeps the seals of the record.", hint=hint, id="audit.W003")]
