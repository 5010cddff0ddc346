"""Telling the two receivers of finished papers; their field names live here and nowhere else."""
