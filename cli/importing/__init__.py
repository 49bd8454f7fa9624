"""Files into the truth: rows are read one by one, what can't be taken is put aside, the rest is accepted in batches."""
