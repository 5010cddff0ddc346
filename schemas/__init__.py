"""The nouns of Sổ Hóa: frozen values without any input or output."""
