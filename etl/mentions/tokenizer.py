"""The tokeniser for shop shorthand.

spaCy's own tokeniser peels punctuation off a word one character at a time, which is quadratic on a note of one
megabyte of `!!!`, and keeps `blk/wht` and `5qt` whole. This one is a single regular expression, linear in any text.
"""

import re
from collections.abc import Callable

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

_UNITS = (
    "quarts?|qts?|inch(?:es)?|in|ounces?|oz|lit(?:er|re)s?|l|ml|cm|mm|ft|feet|gal|pounds?|lbs?|packs?|pk|pcs?|pieces?"
    "|g|kg|w|x"
)
_TOKEN = re.compile(
    rf"""
    (?<!\w)[wb]/(?:o\b)?(?!\d)                                           # w/, w/o, b/c
    | \d+(?:[.,:]\d+)*(?=(?:{_UNITS})\b)                             # the number of 5qt, 12in
    | \d+(?:[./:,]\d+)*(?:st|nd|rd|th|s|\b)                         # 26.5, 12/5, 5th, 110s
    | [^\W_]+(?:[\u0300-\u036f\u200d]+[^\W_]*)*(?:['\u2019][^\W\d_]+)*(?:(?<=[sS])['\u2019](?!\w))?  # women's
    | \s+
    | .
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def split(text: str) -> list[str]:
    """Answer words, numbers, signs and white space; put together they are the text."""
    return _TOKEN.findall(text)


class ShopTokenizer:
    """Split a note into words, numbers, signs and white space, losing no character."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Answer a Doc whose text is `text`, character by character."""
        words: list[str] = []
        spaces: list[bool] = []
        for surface in split(text):
            if surface == " " and words and not spaces[-1]:
                spaces[-1] = True
            else:
                words.append(surface)
                spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)


NAME = "floorbook.ShopTokenizer.v1"


@util.registry.tokenizers(NAME)  # type: ignore[untyped-decorator]
def create_shop_tokenizer() -> Callable[[Language], ShopTokenizer]:
    """Answer the maker that spaCy's configuration asks for."""
    return lambda nlp: ShopTokenizer(nlp.vocab)
