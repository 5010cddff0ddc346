"""What those on call watch: each process counts its work, one small server shows all of it to Prometheus."""
