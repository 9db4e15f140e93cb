"""The frame of the benchmarks. What each measures is asserted nowhere: seconds are no test."""

from casework.bench.management.commands.bench import as_json, as_table
from casework.bench.rows import Row, Scale, percentile

ROWS = [Row("append_ratio", 0.9312, "ratio", "bar 0.9"), Row("p95", 12.5, "ms")]


def test_json_is_one_object_of_the_agreed_form() -> None:
    assert as_json("audit", Scale.SMALL, ROWS) == {
        "bench": "audit",
        "scale": "small",
        "rows": [
            {"name": "append_ratio", "value": 0.9312, "unit": "ratio"},
            {"name": "p95", "value": 12.5, "unit": "ms"},
        ],
    }


def test_table_has_a_line_for_each_row() -> None:
    lines = as_table(ROWS).splitlines()
    assert [line.split()[:3] for line in lines] == [["append_ratio", "0.931", "ratio"], ["p95", "12.500", "ms"]]


def test_percentile_is_the_nearest_rank() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 96.0
    assert percentile([3.0], 0.95) == 3.0
