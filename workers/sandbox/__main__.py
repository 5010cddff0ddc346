"""`python -m workers.sandbox`: the sandbox as a process of its own."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from schemas.errors import SohoaError
from workers.sandbox.faults import Faults
from workers.sandbox.server import HOST, serve


def main() -> None:
    """Serve with the development account until stopped."""
    stated = _arguments()
    if stated.until_eof:
        threading.Thread(target=_stop_at_eof, daemon=True).start()
    try:
        serve(stated.database, stated.host, stated.port, Faults().changed(stated.faults))
    except SohoaError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(error.exit_code)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Bên nhận giả lập của Sổ Hóa")
    parser.add_argument("--database", type=Path, required=True, help="tệp SQLite của bên nhận giả lập")
    parser.add_argument("--host", default=HOST, help="địa chỉ lắng nghe")
    parser.add_argument("--port", type=int, default=0, help="cổng; 0 là cổng trống bất kỳ")
    parser.add_argument("--faults", type=json.loads, default={}, help='JSON, ví dụ {"all": 0.1, "seed": 7}')
    parser.add_argument("--until-eof", action="store_true", help="dừng khi đầu vào chuẩn đóng lại")
    return parser.parse_args()


def _stop_at_eof() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
