"""Actors: one module per kind of job; each loads, calls a stage, and commits in one transaction."""
