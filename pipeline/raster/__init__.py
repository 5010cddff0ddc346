"""Raster: the picture of a cleaned page, in few bytes and with every stroke."""
