"""The station: what comes from the scanner is checked, read, cut into documents and accounted for."""
