"""What the weights are asked for besides translations, as names in the place of a target language."""

from collections.abc import Mapping

HEADLINE, SUMMARY = "headline", "summary"
# As the prompt says it, where a translation has the name of a language.
NAMES: Mapping[str, str] = {HEADLINE: "Headline", SUMMARY: "Summary"}
