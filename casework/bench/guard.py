"""No picture gets in: how many files are found, how many passages are refused by mistake, and how long it takes.

Pictures and films of over thirty formats, each as a thumbnail and at 100 KB, in some ninety ways of writing them as
text; passages of about a hundred languages with what case files hold; and one long note in each language for the time.
"""

import itertools
import random
import statistics
import time

from casework.bench._guard_pictures import FORMATS, LARGE, THUMBNAIL, make
from casework.bench._guard_prose import languages, note, passages
from casework.bench._guard_ways import WAYS
from casework.bench.rows import Row, Say, Scale, percentile
from casework.guard.scan import look_at

SEED = 20_030_601
NOTE = 20 * 1024  # bytes in UTF-8
LONGEST = 1_000_000  # characters: more than that no field takes
QUICK = 12  # files and ways at the small scale, which shows that everything runs


def run(scale: Scale, say: Say) -> list[Row]:
    """Recall over files and ways, false alarms in 100,000 passages, milliseconds of one core for 20 KB."""
    small = scale is Scale.SMALL
    return [_recall(small, say), _false_alarms(3_000 if small else 100_000, say), *_times(3 if small else 15)]


def _recall(small: bool, say: Say) -> Row:
    names, sizes, ways = list(FORMATS), [THUMBNAIL, LARGE], list(WAYS.items())
    if small:
        chance = random.Random(SEED)  # noqa: S311 - which files the quick run takes
        names, sizes, ways = chance.sample(names, QUICK), [THUMBNAIL], chance.sample(ways, QUICK)
    found = tried = 0
    for name, size in itertools.product(names, sizes):
        data = make(name, size, SEED)
        for way, encode in ways:
            tried += 1
            if look_at(encode(data)[:LONGEST]).found is not None:
                found += 1
            else:
                say(f"missed: {name} of {len(data):,} bytes, {way}")
    note = f"{found:,} of {tried:,}: {len(names)} formats, {len(sizes)} sizes, {len(ways)} ways; bar: 0.999"
    return Row("recall", found / tried, "share", note)


def _false_alarms(count: int, say: Say) -> Row:
    refused = 0
    for text in passages(count, SEED):
        found = look_at(text).found
        if found is not None:
            refused += 1
            say(f"refused by mistake: {found.kind}, {found.size} characters of {len(text)}")
    return Row("false_alarms_per_100k", refused * 100_000 / count, "passages", f"{count:,} passages; bar: fewer than 1")


def _times(rounds: int) -> list[Row]:
    """The median over the languages, and the slowest: each the best of so many rounds, as a busy machine only adds."""
    best = []
    for sentences in languages().values():
        text = note(sentences, NOTE)
        best.append(min(_seconds(text) for _round in range(rounds)) * 1_000)
    return [
        Row("ms_per_20kb", statistics.median(best), "ms", f"median of {len(best)} languages, one core; bar: 2"),
        Row("ms_per_20kb_slowest_tenth", percentile(best, 0.9), "ms", "nine of ten languages take less"),
    ]


def _seconds(text: str) -> float:
    start = time.process_time()
    look_at(text)
    return time.process_time() - start
