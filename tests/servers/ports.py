"""Ports for servers that die and come back to the same port."""

import socket
from contextlib import suppress
from random import SystemRandom

# Below the ports that the kernel gives to outgoing connections (32768 and up): while a server is dead, no connection
# may come to sit on its port, not even that of a client which tries to reach it and meets itself.
RANGE = range(20_000, 32_000)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens; by chance, as several test processes ask at once."""
    for port in SystemRandom().sample(RANGE, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError(f"no free port in {RANGE}")
