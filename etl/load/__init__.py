"""Rows → tables: what is there already is not written again. Code here never commits: the door does."""
