"""Whether statements follow from the sentences that they rest on, by a model of natural language inference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from polygist.concurrency import gather
from polygist.engines.base import GREEDY
from polygist.engines.work import Completion
from polygist.errors import CardInvalid, EngineFailed, NotReady
from polygist.store.entailment import CONTRADICTION, ENTAILMENT, VERDICTS, EntailmentCard
from polygist.store.models import BuiltModel
from polygist.summarize.abstractive_check import Reason
from polygist.summarize.call import Call
from polygist.summarize.encoding import Ids, Windows, labels, windows_of
from polygist.types import ModelInfo, Usage, Warning, WarningType

_FAILED = "the model of entailment failed or is being started again; statements were checked by the rules alone"
# A text of the first kind and what may follow from it.
Pair = tuple[Ids, Ids]


@dataclass(frozen=True)
class Judged:
    """The statements that do not follow, and why; the doubts about it, and what it cost."""

    refused: Mapping[str, Reason] = field(default_factory=dict)
    warnings: tuple[Warning, ...] = ()
    usage: Usage = field(default_factory=Usage)


class Judge:
    """A model of natural language inference. Safe for many requests at once on one event loop.

    `verdicts` has one of VERDICTS for each of its labels, by their numbers; `least` is that of the card.
    """

    def __init__(self, info: ModelInfo, windows: Windows, verdicts: Sequence[str], least: float) -> None:
        self.info, self._windows, self._verdicts, self._least = info, windows, verdicts, least

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it knows."""
        return self.info.languages

    async def judge(self, premises: Mapping[str, str], call: Call) -> Judged:
        """Hold each statement (a key) against the text that it rests on; none is refused, and a warning given, where
        the model fails.

        Raises DeadlineExceeded, QueueFull.
        """
        asked = await call.run(self._asked, premises)
        try:
            found = await self.ask([pair for pairs in asked.values() for pair in pairs], call)
        except (EngineFailed, NotReady):  # the scheduler has logged and counted it
            return Judged(warnings=(Warning(WarningType.MODEL_FAILED, _FAILED, "summary"),))
        usage = sum((Usage(d.input_tokens, 0, 1, d.queue_seconds, d.inference_seconds) for d in found), Usage())
        left = iter(found)
        reasons = {
            statement: self.reason([self.probabilities(next(left).hypothesis.values) for _ in pairs])
            for statement, pairs in asked.items()
        }
        return Judged({statement: reason for statement, reason in reasons.items() if reason}, (), usage)

    async def ask(self, pairs: Sequence[Pair], call: Call) -> Sequence[Completion]:
        """What the model says of each pair. Raises as `judge`, and EngineFailed, NotReady."""
        return await gather(call.ask(first, len(second), GREEDY, second) for first, second in pairs)

    def pairs(self, premise: str, statement: str) -> Sequence[Pair]:
        """What the model is given of them, see `Windows.pairs`."""
        return self._windows.pairs(premise, statement)

    def _asked(self, premises: Mapping[str, str]) -> dict[str, Sequence[Pair]]:
        return {statement: self.pairs(premise, statement) for statement, premise in premises.items()}

    def probabilities(self, values: Sequence[float]) -> Mapping[str, float]:
        """Of VERDICTS, from those of the labels; a model that has but "not entailment" for the others calls it
        neutral."""
        found = dict.fromkeys(VERDICTS, 0.0)
        for verdict, value in zip(self._verdicts, values, strict=True):
            found[verdict] += value
        return found

    def reason(self, parts: Sequence[Mapping[str, float]]) -> Reason | None:
        """Why a statement is refused by the verdicts on each part of what it rests on: the part that speaks for it most
        counts (SummaC, Laban et al., TACL 2022). One that the model has no room for is too long."""
        if not parts:
            return Reason.LONG
        best = max(parts, key=lambda part: part[ENTAILMENT])
        if max(best, key=best.__getitem__) == CONTRADICTION:
            return Reason.CONTRADICTED
        return None if best[ENTAILMENT] >= self._least else Reason.NOT_ENTAILED


def judge_of(info: ModelInfo, card: EntailmentCard, built: BuiltModel) -> Judge:
    """Raises CardInvalid where a label says no verdict or none says entailment, or the model has fewer positions than
    the card says; ModelCorrupt where a file can't be read."""
    windows, names = windows_of(card, built), labels(built)
    verdicts = [card.labels.get(name) or _verdict(name) for name in names]
    if unknown := [name for name, verdict in zip(names, verdicts, strict=True) if not verdict]:
        raise CardInvalid(f"{card.id}: the model has labels that 'labels' must explain: {', '.join(unknown)}")
    if ENTAILMENT not in verdicts:
        raise CardInvalid(f"{card.id}: the model has no label of entailment; it has: {', '.join(names)}")
    return Judge(info, windows, verdicts, card.least)


def _verdict(name: str) -> str:
    """What a label says, "" where its name does not tell: 'ENTAILMENT' -> entailment, 'not_entailment' -> neutral."""
    plain = name.casefold()
    return next((verdict for verdict in VERDICTS if verdict == plain), "neutral" if plain == "not_entailment" else "")
