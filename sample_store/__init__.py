"""A footwear and outdoor retailer that never was: two years of products, customers, orders and notes from a seed."""

from sample_store.store import SampleStore, generate

__all__ = ["SampleStore", "generate"]
