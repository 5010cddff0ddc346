"""The verbs of Sổ Hóa: stages as functions from one frozen value to the next."""
