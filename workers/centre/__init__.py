"""The centre's door: HTTP end points through which stations upload; the beginning of the REST API."""
