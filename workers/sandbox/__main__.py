"""`python -m workers.sandbox`: the sandbox as a process of its own."""

import argparse
import json
from pathlib import Path

from workers.sandbox.faults import Faults
from workers.sandbox.server import HOST, serve


def main() -> None:
    """Serve with the development account until stopped."""
    parser = argparse.ArgumentParser(description="Bên nhận giả lập của Sổ Hóa")
    parser.add_argument("--database", type=Path, required=True, help="tệp SQLite của bên nhận giả lập")
    parser.add_argument("--host", default=HOST, help="địa chỉ lắng nghe")
    parser.add_argument("--port", type=int, default=0, help="cổng; 0 là cổng trống bất kỳ")
    parser.add_argument("--faults", type=json.loads, default={}, help='JSON, ví dụ {"all": 0.1, "seed": 7}')
    stated = parser.parse_args()
    serve(stated.database, stated.host, stated.port, Faults().changed(stated.faults))


if __name__ == "__main__":
    main()
