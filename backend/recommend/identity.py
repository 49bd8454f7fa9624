"""Names for suggestions: told from what they are about, so that making one twice makes one."""

from hashlib import sha256

from backend.domain.ids import CustomerId, SuggestionId
from backend.domain.suggestions import SuggestionKind

MODEL_VERSION = "rules-1"


def suggestion_id(customer_id: CustomerId, kind: SuggestionKind, subject: str, source: str) -> SuggestionId:
    """Answer the id of the suggestion about `subject` (a product or category) that `source` (a note) gave rise to."""
    told = f"{customer_id}\x1f{kind}\x1f{subject}\x1f{source}"
    return SuggestionId(f"s_{sha256(told.encode()).hexdigest()[:24]}")
