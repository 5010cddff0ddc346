"""Layout: where the lines of print, tables, seals and handwriting of a cleaned page are, and in what order."""
