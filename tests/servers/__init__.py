"""Real servers on private ports, that tests and measurements start, kill, wipe and start again. Needs no pytest."""
