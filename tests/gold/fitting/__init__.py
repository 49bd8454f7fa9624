"""Fit the reader's weights on the hand-written notes that may be developed on: `python -m tests.gold.fitting`."""
