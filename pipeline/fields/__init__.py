"""Fields: what a paper says of itself and its owner (bóc tách dữ liệu), and whether it is the right owner."""
