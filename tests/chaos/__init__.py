"""Chaos: a batch goes through real servers and killed workers, and an audit from outside says what became of it."""
