"""`sohoa pki`: the development PKI, with its time-stamping and OCSP services."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.sign import pki
from workers import bootstrap
from workers.bootstrap import Services, now
from workers.cli.output import JsonFlag, Output

app = typer.Typer(
    help="PKI thử nghiệm: khóa, chứng thư, dấu thời gian, OCSP. Không có giá trị pháp lý.",
    no_args_is_help=True,
    add_completion=False,
)
Folder = Annotated[Path | None, typer.Argument(help="Thư mục; mặc định trong thư mục dữ liệu.")]
Port = Annotated[int | None, typer.Option(help="Cổng trên máy này; mặc định 9123 hoặc cổng ghi trong chứng thư.")]


@app.command()
def init(folder: Folder = None, *, port: Port = None, as_json: JsonFlag = False) -> None:
    """Tạo khóa và chứng thư thử nghiệm; đã có thì giữ nguyên."""
    place = folder or Services(bootstrap.read_settings()).pki_folder
    made = pki.init(place, now(), port=port)
    output = Output(as_json)
    if as_json:
        parts = {"key": made.key, "cert": made.chain, "roots": made.roots, "tsa_url": made.tsa_url}
        output.row({"created": made.created, "folder": place} | parts)
        return
    output.say(f"{'Đã tạo' if made.created else 'Đã có'} PKI thử nghiệm ở {place}")
    output.say(f"Khóa: SOHOA_SEAL_KEY={made.key}  Chứng thư: SOHOA_SEAL_CERT={made.chain}")
    output.say(f"Gốc tin cậy: SOHOA_TRUST_ROOTS={made.roots}  Dấu thời gian: SOHOA_TSA_URL={made.tsa_url}")


@app.command()
def serve(folder: Folder = None, *, port: Port = None) -> None:
    """Trả lời yêu cầu dấu thời gian, OCSP và CRL trên máy này; Ctrl-C để dừng."""
    place = folder or Services(bootstrap.read_settings()).pki_folder
    pki.serve(place, port, lambda chosen: Output().say(f"PKI thử nghiệm trả lời ở cổng {chosen}; Ctrl-C để dừng"))
