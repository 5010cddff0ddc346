"""Sealing: the visible block, the agency's key, time stamps, and verification. pyHanko is known here alone."""
