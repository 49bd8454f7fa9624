"""Whether a run of words that fits the catalogue was meant as a product of it: "the platforms", or "nobody buys boots".

What speaks for and against is weighed by a logistic regression, fitted on hand-written notes (`training`); the
probability that it answers is the ground of a mention's confidence.
"""

from etl.mentions.lexicon import read_weights
from etl.mentions.run_evidence import Evidence, Part
from etl.mentions.weights import Weights, probability

_REMEMBERED = 50_000


class Acceptance:
    """Judges by the stored weights. What a part of the evidence weighs is remembered: notes repeat themselves."""

    def __init__(self) -> None:
        stored = read_weights("acceptance.json")
        self._meant, self._right = Weights(stored["meant"]), Weights(stored["right"])
        self._threshold: float = stored["threshold"]
        # one memory for each part: the words before one run may be those after another
        self._known: tuple[dict[Part, tuple[float, float]], ...] = ({}, {}, {}, {})

    def confidence(self, evidence: Evidence) -> float | None:
        """Answer how likely the words mean just what they were linked to; None where they mean no product at all."""
        meant, right = self._meant.bias, self._right.bias
        parts: tuple[Part, ...] = evidence
        for part, known in zip(parts, self._known, strict=True):
            weighed = known.get(part)
            if weighed is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                weighed = known[part] = self._weigh(part)
            meant += weighed[0]
            right += weighed[1]
        likely = probability(meant)
        return likely * probability(right) if likely >= self._threshold else None

    def _weigh(self, part: Part) -> tuple[float, float]:
        names = part.names()
        return self._meant.log_odds(names), self._right.log_odds(names)
