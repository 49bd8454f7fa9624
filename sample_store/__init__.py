"""A footwear and outdoor retailer that never was: two years of products, customers, orders and notes from a seed."""

from importlib import resources

from sample_store.store import SampleStore, generate

__all__ = ["SampleStore", "generate", "homestead_document"]


def homestead_document() -> bytes:
    """Answer the document of one customer as an associate's app once sent it, free-form, to the byte."""
    return resources.files("sample_store").joinpath("data", "homestead.json").read_bytes().rstrip(b"\n")
