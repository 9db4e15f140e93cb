"""The house: arrows point down, and the tools that go round the walls are not used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# From the ground up: a part may import those before it. `agencies` stands on the walls and knows no case.
ORDER = [
    "guard",
    "audit",
    "vault",
    "access",
    "web",
    "agencies",
    "drafts",
    "cases",
    "account",
    "search",
    "planning",
    "assessment",
    "sharing",
    "emergency",
    "custody",
    "summaries",
    "oversight",
    "demo",
    "bench",
]
# Who is asked about stands above who asks: the walls read members and standing, nothing else of `agencies`.
ALLOWED_UP = {
    ("access", "agencies.kinds"): "a rule names roles",
    ("access", "agencies.models"): "a rule asks a member",
    ("access", "agencies.standing"): "standing is the first wall",
}
BANNED = {
    "assign_perm": "merges shares",
    "remove_perm": "ends what other shares give",
    "get_objects_for_user": "counts rows, not permissions, with several shares",
    "disable_auditlog": "silences the record",
    "mark_safe": "goes round escaping",
}


def sources() -> Iterator[Path]:
    for folder in ("casework", "agencies"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def part_of(module: str) -> str:
    pieces = module.split(".")
    return "agencies" if pieces[0] == "agencies" else pieces[1] if len(pieces) > 1 else ""


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def test_arrows_point_down() -> None:
    wrong, seen = [], 0
    for path in sources():
        here = part_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if here not in ORDER:
            continue
        for module in imports_of(path):
            there = part_of(module)
            if not module.startswith(("casework.", "agencies")) or there not in ORDER or there == here:
                continue
            seen += 1
            if ORDER.index(there) > ORDER.index(here) and (here, module) not in ALLOWED_UP:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert seen > 200
    assert wrong == []


def test_row_10_what_goes_round_the_walls_is_not_used() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name} {reason}"
        for path in sources()
        for name, reason in BANNED.items()
        if re.search(rf"\b{name}\s*\(", path.read_text())
    ]
    assert wrong == []


def test_templates_never_switch_escaping_off_and_hold_no_inline_script_or_style() -> None:
    templates = [*(ROOT / "casework").rglob("*.html"), *(ROOT / "agencies").rglob("*.html")]
    assert len(templates) > 60
    data = r'<script(?![^>]*(\bsrc=|type="application/json"))'
    pattern = re.compile(rf"\|\s*safe\b|autoescape off|\sstyle=|\son[a-z]+=|{data}", re.IGNORECASE)
    assert [str(path.relative_to(ROOT)) for path in templates if pattern.search(path.read_text())] == []


@pytest.mark.parametrize("name", ["utils", "helpers", "common"])
def test_no_room_for_everything(name: str) -> None:
    assert [path for path in sources() if path.stem == name] == []


SOURCE_LINES, TEST_LINES, TEMPLATE_LINES = 300, 500, 120


def test_no_file_is_crowded() -> None:
    """Beyond this a file answers more than one question, and is to be split by them."""
    tests = list((ROOT / "tests").rglob("*.py"))
    templates = [*(ROOT / "casework").rglob("*.html"), *(ROOT / "agencies").rglob("*.html")]
    crowded = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for files, limit in ((sources(), SOURCE_LINES), (tests, TEST_LINES), (templates, TEMPLATE_LINES))
        for path in files
        if (lines := len(path.read_text().splitlines())) > limit
    ]
    assert crowded == []


# Who writes rows at all. Every other module reads; a new writer is an action, or is listed here with its reason.
WRITERS = {
    "guard/ledger.py": "adds up how much was kept in pieces; never a text",
    "bench/_guard_pictures.py": "saves test cards into memory",
    "bench/_audit_page.py": "writes entries into its scratch database",
    "access/tasks.py": "removes sessions that have ended",
    "audit/models.py": "appends entries",
    "audit/record.py": "appends entries",
    "bench/_search_latency.py": "founds the agency of its scratch database",
    "summaries/copies.py": "the actions of copies",
    "vault/managers.py": "refuses bulk writes, or records them",
    "vault/keys.py": "keeps and wraps the keys of cases",
}
WRITES = re.compile(
    r"\.(save|create|bulk_create|bulk_update|update_or_create|get_or_create|delete)\(|(rows|objects)\S*\.update\(|InsertQuery\("
)


def test_lock_rows_are_written_by_actions_alone() -> None:
    writers = {
        str(path.relative_to(ROOT / "casework" if (ROOT / "casework") in path.parents else ROOT))
        for path in sources()
        if WRITES.search(path.read_text()) and "demo" not in path.parts
    }
    assert {path for path in writers if not path.endswith("actions.py")} == set(WRITERS)
