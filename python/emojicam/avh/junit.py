"""A verdict as JUnit XML, which continuous integration shows as a test report. (testmoapp/junitxml)"""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from emojicam.avh.judge import Case
from emojicam.errors import EmojicamError


def write(path: Path, cases: Sequence[Case], suite: str) -> None:
    """Write a suite of cases.

    Raises:
        EmojicamError: the file can't be written.
    """
    red = sum(bool(case.failure) for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(red), "errors": "0"}
    root = ElementTree.Element("testsuites", counts)
    group = ElementTree.SubElement(root, "testsuite", {"name": suite, **counts, "skipped": "0"})
    for case in cases:
        element = ElementTree.SubElement(group, "testcase", {"classname": suite, "name": case.name})
        if case.properties:
            properties = ElementTree.SubElement(element, "properties")
            for name, value in case.properties.items():
                ElementTree.SubElement(properties, "property", {"name": name, "value": _printable(str(value))})
        if case.failure:
            ElementTree.SubElement(element, "failure", {"message": _printable(case.failure)})
    ElementTree.indent(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --junit FILE") from None


def _printable(text: str) -> str:
    """XML has no characters below space but for tab and line ends. (XML 1.0, 2.2)"""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
