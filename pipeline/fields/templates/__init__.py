"""Templates as data: how papers call things, one TOML file a paper; `common.toml` holds what all share."""
