"""Notes → mentions, intents and dates, each with the characters that prove it."""

from etl.mentions.reader import NoteReader, ResolvedName

__all__ = ["NoteReader", "ResolvedName"]
