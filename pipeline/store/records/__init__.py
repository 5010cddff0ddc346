"""Records: what the database knows, by noun. Every function works on the caller's transaction."""
