"""Who has stopped buying, how sure that is, and what kind of customer each one is. Pure."""
