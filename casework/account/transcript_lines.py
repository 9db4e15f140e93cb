"""Reading one line of a pasted transcript: its numbering, its time code, and who speaks.

Every pattern looks at the first characters of a line only, so that the work grows with the text and no faster.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

HEAD = 160  # characters of a line in which a mark may stand
LONGEST_LABEL = 80
LONGEST_NAME = 60
INVISIBLE = "\u200b\u2060\ufeff\u00ad\u200e\u200f\u061c"  # zero width, byte order mark, soft hyphen, direction marks
BLANKS = INVISIBLE + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
COLONS = ":\uff1a"
QUESTION_MARKS = "?\uff1f\u061f\u037e"

_GAP = "[\\s" + INVISIBLE + "]{0,8}"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]{1,3})?"
_BRACKETED = r"(?:\[\s?(" + _CLOCK + r")\s?\]|\(\s?(" + _CLOCK + r")\s?\))"
TIME = re.compile(_BRACKETED + r"|(" + _CLOCK + r")(?=[\s\-]|$)")
BRACKETED_TIME = re.compile(_BRACKETED)
TIMED_LABEL = re.compile(r"([^\[\(:\uff1a]{1,60})" + _BRACKETED + "[:\uff1a]")
BULLET = re.compile(r"(?:[-\u2013\u2014\u2022*\u00b7\u2023\u25aa]|\(?[0-9]{1,4}[.)]|\u00b6\s?[0-9]{1,4})" + _GAP)
GAP = re.compile(r"(?:\s?[-\u2013]\s)?" + _GAP)
FINAL_NUMBER = re.compile(r"\s{0,2}[0-9]{1,2}$")
EXPLICIT = re.compile(r"(?:([ICS])(\??)|(\?))\s?\((.{0,72})\)", re.DOTALL)

INTERVIEWER_WORDS = frozenset(
    "i q int interviewer question intervistatore intervistatrice domanda interviewerin frage enquêteur enquêtrice "
    "entrevistador entrevistadora pregunta spørgsmål afhører haastattelija kysymys intervjuare förhörsledare fråga "
    "ερώτηση ερ συνεντευκτής συνεντεύκτρια вопрос интервьюер питання المحاور سؤال מראיין מראיינת שאלה".split()
)
CHILD_WORDS = frozenset(
    "c child answer bambino bambina minore risposta kind antwort enfant réponse niño niña respuesta barn barnet svar "
    "lapsi vastaus παιδί απάντηση απ ребёнок ребенок ответ дитина відповідь الطفل الطفلة جواب ילד ילדה תשובה".split()
)
OTHER_WORDS = frozenset(
    "interpreter supporter intermediary advocate mother father guardian lawyer interprete mediatore tolk bisidder "
    "tulkki tukihenkilö διερμηνέας переводчик مترجم مترجمة מתורגמן מתורגמנית".split()
)
PARTICLES = frozenset("af al and ben bin da de degli dei del della den der di do dos du el la le van von y".split())


class Role(StrEnum):
    """What a speaker does in the interview. `NAMED` is not decided yet."""

    INTERVIEWER = "interviewer"
    CHILD = "child"
    OTHER = "other"
    UNKNOWN = "unknown"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Label:
    """Who speaks. `guessed`: marked with a question mark, as in `C? (Ada):`. `sure`: a label even if it comes once."""

    name: str
    role: Role
    guessed: bool = False
    sure: bool = True

    @property
    def key(self) -> str:
        return self.name.casefold()

    @property
    def cast_key(self) -> str:
        """What all labels of one speaker share."""
        return f"{self.role}:{self.key}"


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands before the words of a line. Offsets count from the start of the line."""

    time_code: str = ""
    after_time: int = 0
    label: Label | None = None
    label_time: str = ""
    after_label: int = 0


NO_MARK = Mark()


def read_mark(line: str) -> Mark:
    """The time code and label with which a line begins; `NO_MARK` if there is neither. `line`: blanks stripped."""
    head = line[:HEAD]
    bullet = BULLET.match(head)
    for start in (bullet.end(), 0) if bullet else (0,):
        mark = _read_mark_from(head, line, start)
        if mark is not NO_MARK:
            return mark
    return NO_MARK


def leads_with_time(text: str) -> bool:
    """True when the words after a label begin with a time code in brackets."""
    return BRACKETED_TIME.match(text[:HEAD]) is not None


def has_mark(text: str) -> bool:
    """True when a line on its own would be read as having a time code or a label."""
    return read_mark(text) is not NO_MARK


def _read_mark_from(head: str, line: str, start: int) -> Mark:
    found = TIME.match(head, start)
    time_code, after_time, time_is_sure = "", start, False
    if found:
        time_code = found[1] or found[2] or found[3]
        time_is_sure = found[3] is None or time_code.count(":") == 2
        gap = GAP.match(head, found.end())
        after_time = gap.end() if gap else found.end()
    label, label_time, after_label = _read_label(head, line, after_time)
    if label is not None:
        return Mark(time_code, after_time if time_is_sure else 0, label, label_time, after_label)
    return Mark(time_code, after_time) if time_is_sure else NO_MARK


def _read_label(head: str, line: str, start: int) -> tuple[Label | None, str, int]:
    timed = TIMED_LABEL.match(head, start)
    if timed:
        label = label_of(timed[1].strip(BLANKS))
        if label is not None:
            return label, timed[2] or timed[3], timed.end()
    colon = _first_colon(head, start)
    if colon < 0:
        return None, "", 0
    label = label_of(head[start:colon].strip(BLANKS))
    after = colon + 1
    if label is None or (not label.sure and head[colon] == ":" and line[after : after + 1].strip(BLANKS)):
        return None, "", 0
    gap = GAP.match(line[after : after + HEAD])
    words = after + (gap.end() if gap and not gap[0].strip(BLANKS) else 0)
    time = BRACKETED_TIME.match(line[words : words + HEAD])
    if time:
        return label, time[1] or time[2], words + time.end()
    return label, "", after


def _first_colon(head: str, start: int) -> int:
    found = [place for colon in COLONS if (place := head.find(colon, start, start + LONGEST_LABEL)) >= 0]
    return min(found, default=-1)


@lru_cache(maxsize=256)
def label_of(name: str) -> Label | None:
    """The speaker that a label names, or None when it is no label but words before a colon."""
    if name == "?":
        return Label("", Role.UNKNOWN, guessed=True)
    if name in ("I?", "C?"):
        return Label(name[0], Role.INTERVIEWER if name == "I?" else Role.CHILD, guessed=True)
    explicit = EXPLICIT.fullmatch(name)
    if explicit:
        inner = explicit[4].strip(BLANKS)
        role = {"I": Role.INTERVIEWER, "C": Role.CHILD, "S": Role.OTHER, None: Role.UNKNOWN}[explicit[1]]
        return Label(inner, role, guessed=bool(explicit[2] or explicit[3]))
    return _known_label(name) or _named_label(name)


def _known_label(name: str) -> Label | None:
    word = FINAL_NUMBER.sub("", name).rstrip(".").casefold()
    for words, role in ((INTERVIEWER_WORDS, Role.INTERVIEWER), (CHILD_WORDS, Role.CHILD), (OTHER_WORDS, Role.OTHER)):
        if word in words:
            return Label(name, role)
    return None


def _named_label(name: str) -> Label | None:
    """A person's name: at most four words, each with a capital (or in a script without capitals)."""
    if not name or len(name) > LONGEST_NAME:
        return None
    bare, opening, rest = name.partition("(")
    if opening and (not rest.endswith(")") or not rest[:-1].replace(" ", "").isalpha()):
        return None
    words = bare.split()
    if not 1 <= len(words) <= 4 or words[0] in PARTICLES:
        return None
    if all(_is_name_word(word, place) for place, word in enumerate(words)):
        return Label(name, Role.NAMED, sure=False)
    return None


def _is_name_word(word: str, place: int) -> bool:
    if word in PARTICLES or (place > 0 and word.isdigit()):
        return True
    first = word[0]
    if not first.isalpha() or first.islower():
        return False
    return all(letter.isalpha() or letter in ".'\u2019-\u200c\u200d" or _is_accent(letter) for letter in word)


def _is_accent(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")
