"""Assembling: coded pictures and their words become one PDF/A-2b."""

from pipeline.assemble.document import assemble
from pipeline.assemble.text import plain_text

__all__ = ["assemble", "plain_text"]
