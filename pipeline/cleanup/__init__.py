"""Cleaning: a scan becomes a page for people and the same page as food for the recognizer."""

from pipeline.cleanup.cleaning import clean

__all__ = ["clean"]
