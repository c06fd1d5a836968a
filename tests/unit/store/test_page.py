"""docs/models.md says what the cards say."""

import pytest
import typer

from polygist.cli.models import app
from polygist.markdown import marks
from polygist.store import page
from polygist.store.cards import load_cards, load_profiles
from tests.conftest import ROOT

TEXT = (ROOT / "docs/models.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    """`make docs` writes it anew."""
    assert page.with_tables(TEXT) == TEXT


def test_every_profile_and_model_is_on_it() -> None:
    assert [name for name in (*load_profiles(), *load_cards()) if f"| `{name}` |" not in TEXT] == []


def test_every_command_is_on_it() -> None:
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert [name for name in names if f"models {name}" not in TEXT] == []


def test_every_option_is_on_it() -> None:
    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]  # a group has them
    options = {o for c in commands for p in c.params for o in (*p.opts, *p.secondary_opts) if o.startswith("--")}
    assert sorted(o for o in options - {"--build"} if f"`{o}" not in TEXT and f" {o}`" not in TEXT) == []


def test_marks_are_needed() -> None:
    with pytest.raises(ValueError, match="no marks"):
        page.with_tables(TEXT.replace(marks(page.SOURCE)[1], ""))


def test_cards_that_come_along_have_facts() -> None:
    """Figures say where they stand, and what could not be checked is said to be so."""
    for card in load_cards().values():
        assert card.facts.good_for, card.id
        assert all(figure.source and figure.data for figure in card.facts.quality), card.id
        if getattr(card.source, "repo", "") and not card.source.files:
            assert "files" in card.facts.unverified, card.id
