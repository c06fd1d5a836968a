"""The names of the months, in all their forms, as languages write them."""

import tomllib
from importlib.resources import files


def _load() -> dict[str, int]:
    table = tomllib.loads(files(__package__).joinpath("months.toml").read_text(encoding="utf-8"))
    return {
        written: int(month)
        for month, forms in table.items()
        for form in forms
        for written in (form, form.capitalize(), form.upper())
    }


# Form, with the capitals it may have ("may" is no month) -> number of the month.
MONTHS = _load()
