"""JUnit XML, as far as curate writes it, checked by the rules of Windy Road's JUnit.xsd."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

CHILDREN = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase", "system-out", "system-err"],
    "properties": ["property"],
    "testcase": ["skipped", "failure"],
}
REQUIRED = {
    "testsuite": "name package id timestamp hostname tests failures errors time",
    "property": "name value",
    "testcase": "name classname time",
    "failure": "type message",
}


def assert_valid_junit(element: ET.Element) -> None:
    """Assert that an element and all below it are valid."""
    order = CHILDREN.get(element.tag, [])
    places = [order.index(child.tag) for child in element]
    assert places == sorted(places), f"children of {element.tag}"
    assert set(REQUIRED.get(element.tag, "").split()) <= set(element.attrib)
    if element.tag == "testsuite":
        assert [child.tag for child in element].count("system-out") == 1
        assert [child.tag for child in element].count("system-err") == 1
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
    for child in element:
        assert_valid_junit(child)
