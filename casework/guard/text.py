"""The one place through which every text that will be stored goes: no encoded picture, no hidden character.

Forms call `check_text` for the message beside the field; encrypted fields call it again as the last line.
"""

from casework.guard.markup import any_address
from casework.guard.refusal import Found, GuardRefusal
from casework.guard.scan import Looked, look_at
from casework.guard.submission import current_submission
from casework.guard.words import in_words


def check_text(text: str, limit: int = 1_000_000, *, addresses: bool = True) -> str:
    """Return the text unchanged, or raise GuardRefusal saying what was found and where.

    `limit`: characters. `addresses`: False where a reference belongs, and no address of any kind. Refused: control
    characters, encoded binary in whole or in pieces, picture markup, addresses of pictures, pictures drawn with
    characters. Pieces count together over all texts of one submission, and over what the same people sent lately.
    """
    looked = Looked(Found("too_long", 0, len(text))) if len(text) > limit else look_at(text)
    found = looked.found or (None if addresses else any_address(text))
    sent = current_submission()
    if found is None and sent is not None and looked.pieces:
        found = sent.add(looked)
    if found is None:
        return text
    refusal = GuardRefusal(in_words(found, text, limit), found)
    if sent is not None:
        sent.refuse(refusal)
    raise refusal
