"""Targets of fuzzing, one a module, each with `check`: bytes in, nothing out, and an error where a promise is broken.

`make fuzz` runs them under atheris, which looks for bytes that reach new code; tests/unit/test_fuzz.py runs them over
the corpus in tests/data/fuzz and over what hypothesis makes of it.
"""

TARGETS = (
    "articles",
    "pages",
    "structure",
    "markup",
    "layout",
    "glossary",
    "termfiles",
    "guard",
    "prompts",
    "requests",
    "rows",
    "places",
    "cards",
)
