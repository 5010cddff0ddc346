"""A simulator of both receivers over HTTP, with faults that can be switched on.

No public test system exists. What is known of the real ones is kept: paths, field names, the
order "dossier first, then progress", "0"/"00" and "đã tồn tại". Codes beyond these are its own.
"""
