"""The processes of Sổ Hóa: command line, actors, services and their wiring."""

__version__ = "0.1.0"
