"""Drawn scans of invented citizens' papers, with the exact text beside them."""
