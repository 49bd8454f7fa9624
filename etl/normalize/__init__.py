"""Free-form documents, notes, orders and payments → rows. Pure: values in, values out."""
