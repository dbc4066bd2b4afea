"""The README's Python runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


@pytest.mark.slow
def test_the_python_of_the_readme_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert {"bt", "account", "scenarios"} <= set(names)


def test_the_readme_begins_with_a_picture_that_is_there_and_two_commands():
    (picture,) = re.findall(r"!\[.+?\]\((.+?)\)", README)
    assert (Path(__file__).resolve().parents[1] / picture).is_file()
    first, second = re.findall(r"```bash\n(.*?)```", README, re.S)[:2]
    assert README.index(picture) < README.index(first)
    assert len(first.strip().splitlines()) == len(second.strip().splitlines()) == 1
