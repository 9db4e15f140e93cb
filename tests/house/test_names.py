"""Who somebody is, in a line: names from right to left leave the words round them where they are."""

from casework.web.templatetags.casework_ui import person


def test_person_sets_the_name_and_the_agency_apart_and_nothing_else() -> None:
    assert person("نادية حداد, Identity custodian, Supervisor, North Police") == (
        "<bdi>نادية حداد</bdi>, Identity custodian, Supervisor, <bdi>North Police</bdi>"
    )
    assert person("Maja Lind, North Police") == "<bdi>Maja Lind</bdi>, <bdi>North Police</bdi>"
    assert person("Maja Lind") == "<bdi>Maja Lind</bdi>"
    assert person("") == ""


def test_person_escapes_what_stands_in_a_name() -> None:
    assert person("<b>A</b>, x & y, <i>B</i>") == (
        "<bdi>&lt;b&gt;A&lt;/b&gt;</bdi>, x &amp; y, <bdi>&lt;i&gt;B&lt;/i&gt;</bdi>"
    )
