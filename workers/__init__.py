"""The processes of Sổ Hóa: command line, actors, services and their wiring."""
