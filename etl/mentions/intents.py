"""What the customer has to do with a product: the cue in whose scope the naming stands."""

import re
from dataclasses import dataclass

from backend.domain.mentions import Intent

_SENTENCE_END = re.compile(r"[.!?;\n]+(?=\s|$)|\n")
_CLAUSE_END = re.compile(r",|\bbut\b|\band\b|\bthen\b|\s[-\u2013\u2014]+\s|\bthough\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that tell an intent; `reach` says on which side of them the product stands."""

    intent: Intent
    pattern: re.Pattern[str]
    weight: float
    reach: str  # "after": the product follows the cue; "before": it precedes; "both"


def _cue(intent: Intent, words: str, weight: float = 1.0, reach: str = "both") -> Cue:
    return Cue(intent, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE), weight, reach)


CUES = [
    _cue(Intent.REJECTED, r"not (?:the|a|an|into|keen on|interested in|a fan of|sold on|feeling|in)|no to|hated?|hates|didn'?t (?:like|want|care for|love)|"
         r"doesn'?t (?:like|want|care for|need)|don'?t (?:like|want|need)|passed on|pass on|skip(?:ped)?|nope to|anything but|rather than|instead of|"
         r"decided against|except|turned down|won'?t wear|never", 2.0, "after"),
    _cue(Intent.REJECTED, r"(?:is|was|were|are)? ?(?:too (?:pricey|expensive|much|bright|loud|heavy|bulky|plain))|not for (?:her|him|them)|a no|"
         r"didn'?t (?:like|want|care for|love) (?:it|them)|hated (?:it|them)", 1.2, "before"),
    _cue(Intent.RETURNED, r"return(?:ed|ing|s)?|brought back|sent back|took back|refund(?:ed)?|exchang(?:ed|ing|e)|bringing back", 1.6, "both"),
    _cue(Intent.COMPLAINT, r"broke|broken|leak(?:s|ed|ing|y)?|ripped|tore|torn|defect(?:ive)?|fell apart|falling apart|complain(?:ed|s|ing|t)?|cracked|"
         r"chipped|peeling|stopped working|faulty|squeak\w*|unhappy|upset|disappointed|blister\w*|damaged|wrong (?:size|color|item)|rust(?:ed|ing)|warped|faded|shrunk|pilling|hurts?", 1.7, "both"),
    _cue(Intent.ORDERED, r"order(?:ed|ing)?|on order|pre-?order(?:ed)?|special order|ship(?:ped|ping)?|deliver(?:ed|y)?", 1.3, "both"),
    _cue(Intent.BOUGHT, r"bought|purchased|picked up|got|grabbed|took (?:home|the)|walked out with|rang up|left with|sold (?:her|him|them)|paid for|buys", 1.3, "both"),
    _cue(Intent.OWNS, r"has|have|had|owns?|already (?:has|have|owns?|got)|wears?|wearing|her old|his old|their old|uses|using|loves (?:her|his|their)", 1.0, "after"),
    _cue(Intent.SUGGESTED, r"suggest(?:ed)?|recommend(?:ed)?|showed (?:her|him|them)?|pitched|pointed (?:her|him|them) to|i (?:told|offered|mentioned)|offered|mentioned|upsold|"
         r"steered (?:her|him|them)", 1.6, "after"),
    _cue(Intent.ASKED, r"asked?|asking|asks|inquir\w+|enquir\w+|wonder(?:ed|ing|s)?|do we|do you|any(?! more)|curious about|is there|are there|when (?:will|do|are|is)|how much|"
         r"questions? (?:about|on|re)|checking (?:if|on)|carry", 1.2, "after"),
    _cue(Intent.WANTS, r"wants?|wanted|needs?|needed|looking for|lookin for|after|hold|holding|interested in|would like|would love|loves?|loved|likes?|liked|hunting for|in the market for|"
         r"eyeing|set aside|put aside|reserve|save|wish ?list|keen on|shopping for|hopes|gift|tried(?: on)?|considering|thinking about", 1.1, "both"),
]  # fmt: skip


def read_intent(text: str, start: int, end: int, *, other_spans: list[tuple[int, int]]) -> tuple[Intent, float]:
    """Answer the intent of the naming at `start:end` and how sure that is (0..1)."""
    sentence_start, sentence_end = _bounds(_SENTENCE_END, text, start, end, 0, len(text))
    clause_start, clause_end = _bounds(_CLAUSE_END, text, start, end, sentence_start, sentence_end)
    best: tuple[float, Intent] | None = None
    for cue in CUES:
        for match in cue.pattern.finditer(text, sentence_start, sentence_end):
            if match.start() < end and match.end() > start:
                continue
            after = match.start() >= end
            if (after and cue.reach == "after") or (not after and cue.reach == "before"):
                continue
            distance = match.start() - end if after else start - match.end()
            outside = match.end() <= clause_start or match.start() >= clause_end
            between = sum(1 for s, e in other_spans if min(match.end(), end) <= s and e <= max(match.start(), start))
            score = cue.weight - 0.012 * distance - 0.5 * outside - (0.8 if after else 0.15) * between - 0.2 * after
            if best is None or score > best[0]:
                best = (score, cue.intent)
    if best is None or best[0] < 0:
        return Intent.WANTS, 0.5
    return best[1], min(1.0, 0.6 + 0.3 * best[0])


def _bounds(pattern: re.Pattern[str], text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    first, last = low, high
    for match in pattern.finditer(text, low, high):
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end:
            last = match.start()
            break
    return first, last
