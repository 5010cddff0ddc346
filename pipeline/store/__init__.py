"""Keeping: objects under their digests, records in tables."""
