"""The reader as a spaCy pipeline: tokeniser, words, namings, intents, follow-up; each a registered component.

What the components hand on stands in `doc.user_data[STATE]`, and they look at nothing else of a Doc: nothing reads its
tokens, making them costs as much as finding the words, and spaCy keeps every word that it ever saw. A `Page` will do.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, cast

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from backend.domain.corrections import Correction
from backend.domain.mentions import FollowUpCue, Mention, NoteContext, UnsoldAsk
from etl.mentions import tokenizer
from etl.mentions.attributes import with_attributes
from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.corrections import Corrector
from etl.mentions.follow_up import find_follow_up
from etl.mentions.linker import Linker
from etl.mentions.namings import MentionFinder
from etl.mentions.note_words import NoteWord, words_of
from etl.mentions.readings import WordReader
from etl.mentions.sentiment import sentiment_of
from etl.mentions.unsold import find_unsold

STATE = "floorbook"


@dataclass(slots=True)
class ReadingState:
    """What is known of one note so far."""

    text: str
    written_on: date
    context: NoteContext
    words: list[NoteWord] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    corrected_by: Correction | None = None
    follow_up: FollowUpCue | None = None
    unsold: tuple[UnsoldAsk, ...] = ()
    sentiment: float = 0.0


class Page(NamedTuple):
    """All of a Doc that the components look at: making a real one takes as long as splitting the note."""

    user_data: dict[str, ReadingState]


class WordsComponent:
    """Reads each token against the catalogue that it was opened on."""

    def open(self, words: WordReader, phrases: frozenset[tuple[str, ...]]) -> None:
        """Take the catalogue: spaCy's configuration carries only JSON, so it can't come that way."""
        self._words, self._phrases = words, phrases

    def __call__(self, doc: Doc) -> Doc:
        state = doc.user_data[STATE]
        state.words = words_of(tokenizer.split(state.text), self._words, self._phrases)
        return doc


class MentionsComponent:
    """Finds and links the products named, with their intents, as far as associates have not said otherwise."""

    def open(self, finder: MentionFinder, corrector: Corrector) -> None:
        """Take both over the compiled catalogue."""
        self._finder, self._corrector = finder, corrector

    def __call__(self, doc: Doc) -> Doc:
        state = doc.user_data[STATE]
        state.mentions = self._finder.find(state.text, state.words, state.context)
        if state.context.taught.corrections:
            corrected = self._corrector.correct(state.text, state.words, state.mentions, state.context)
            state.mentions, state.corrected_by = corrected.mentions, corrected.by
        return doc


@Language.component("floorbook_follow_up")
def read_follow_up(doc: Doc) -> Doc:
    """Find the day on which to come back."""
    state = doc.user_data[STATE]
    kinds = {word.reading.day for word in state.words if word.reading.day}
    if kinds:
        state.follow_up = find_follow_up(state.text, state.written_on, kinds)
    return doc


@Language.component("floorbook_beside")
def read_beside(doc: Doc) -> Doc:
    """Find what is said around the mentions, what was asked for that the catalogue lacks, and how the note sounds."""
    state = doc.user_data[STATE]
    norms = [word.norm.replace("'", "") for word in state.words]
    state.mentions = with_attributes(state.text, state.words, norms, state.mentions)
    state.unsold = find_unsold(state.text, state.words, norms, state.mentions)
    state.sentiment = sentiment_of(norms)
    return doc


@Language.factory("floorbook_words")
def create_words(nlp: Language, name: str) -> WordsComponent:  # noqa: ARG001 - the signature is spaCy's
    """Make the component that reads words; it must be opened on a catalogue."""
    return WordsComponent()


@Language.factory("floorbook_mentions")
def create_mentions(nlp: Language, name: str) -> MentionsComponent:  # noqa: ARG001 - the signature is spaCy's
    """Make the component that finds and links; it must be opened on a catalogue."""
    return MentionsComponent()


def build_pipeline(index: CatalogIndex, words: WordReader, linker: Linker) -> Language:
    """Assemble the pipeline over a compiled catalogue."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": tokenizer.NAME}}})
    nlp.max_length = 1 << 40  # each step is linear in the text
    cast(WordsComponent, nlp.add_pipe("floorbook_words")).open(words, index.lexicon.phrases)
    cast(MentionsComponent, nlp.add_pipe("floorbook_mentions")).open(MentionFinder(index, linker), Corrector(index))
    nlp.add_pipe("floorbook_follow_up")
    nlp.add_pipe("floorbook_beside")
    return nlp
