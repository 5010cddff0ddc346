"""`sohoa digitize`: the line for one person with a file and no dossier."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import ChecksFailed, InputError, Interrupted, SohoaError, UnexpectedFailure
from schemas.settings import Settings
from workers import isolation
from workers.cli.output import JsonFlag, Output
from workers.desk import Desk, read_settings
from workers.digitizing import Input, Outcome, Reading, ReadPage, is_finished, make_folder, open_input, write
from workers.progress import Bar

COLUMNS = {
    "name": "tên",
    "pages": "trang",
    "blanks": "trang trắng",
    "confidence": "độ tin cậy",
    "verified": "đã đối chiếu",
    "size": "byte",
    "seal": "chữ ký",
}


def digitize(  # noqa: PLR0913 - options of a command
    inputs: Annotated[list[Path], typer.Argument(help="Tệp TIFF, JPEG, PNG, PDF, hoặc thư mục ảnh trang.")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục nhận kết quả.")],
    *,
    seal: Annotated[bool, typer.Option("--seal/--no-seal", help="Có ký số hay không.")] = True,
    jobs: Annotated[int, typer.Option("--jobs", min=0, help="Số trang làm cùng lúc; 0: mỗi lõi một trang.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Bỏ qua tệp đã làm xong lần trước.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Biến mỗi tệp quét thành NAME.pdf (PDF/A-2b, có lớp chữ, có chữ ký), NAME.txt và NAME.json."""
    isolation.warm_up()
    services = Desk(with_workers(read_settings(), jobs))
    output = Output(as_json)
    make_folder(out)
    entries, failed = open_all(inputs, services, output)
    todo = [entry for entry in entries if not (resume and is_finished(entry, out, seal=seal))]
    if len(todo) < len(entries):
        output.say(f"Bỏ qua {len(entries) - len(todo)} tệp đã làm xong lần trước")
    run = Run(todo, services, out, output, seal=seal)
    failed += run.all()
    output.rows("Số hóa", COLUMNS, [asdict(outcome) for outcome in run.outcomes])
    if failed:
        raise ChecksFailed(f"{failed} tệp không làm được; các tệp khác đã xong")


def with_workers(settings: Settings, jobs: int) -> Settings:
    """Return the settings with that many pages at once; 0 leaves them as they are."""
    return replace(settings, jobs=replace(settings.jobs, workers=jobs)) if jobs else settings


def open_all(inputs: Sequence[Path], services: Desk, output: Output) -> tuple[list[Input], int]:
    """Look at all inputs; tell of those that cannot be used and count them.

    Raises:
        InputError: two inputs would write the same files.
    """
    entries, failed = [], 0
    for path in inputs:
        try:
            entries.append(open_input(path, services.settings.station))
        except Interrupted:
            raise
        except SohoaError as error:
            tell(path.name, error, output)
            failed += 1
    twice = [name for name, number in Counter(entry.name for entry in entries).items() if number > 1]
    if twice:
        names = ", ".join(map(repr, sorted(twice)))
        raise InputError(f"Nhiều tệp cho cùng một tên kết quả: {names}. Đổi tên hoặc làm từng tệp vào thư mục riêng")
    for entry in entries:
        if entry.left_out:
            output.say(f"{entry.title!r}: bỏ qua tệp không phải ảnh trang: {', '.join(map(repr, entry.left_out))}")
    return entries, failed


def tell(name: str, error: SohoaError, output: Output) -> None:
    """Say what is wrong with one input and what to do."""
    if output.as_json:
        output.row({"name": name, "error": error.code, "message": error.message, "hint": error.hint})
    else:
        output.say(f"✗ {name!r}: {error.code}: {error.message}\n  → {error.hint}")


class Run:
    """One call of the command: inputs one after the other, the pages of each several at a time."""

    def __init__(self, entries: Sequence[Input], services: Desk, out: Path, output: Output, *, seal: bool) -> None:
        """Prepare; nothing is done before `all`."""
        self.outcomes: list[Outcome] = []
        self._entries = entries
        self._services = services
        self._out = out
        self._output = output
        self._seal = seal
        self._done = 0
        self._bar = Bar("trang", output.talk)

    def all(self) -> int:
        """Work on every input; return how many failed. One failure leaves the others alone."""
        failed = 0
        pool = ThreadPoolExecutor(self._services.page_workers)
        reading = Reading(self._entries, self._services, pool)
        try:
            for entry in self._entries:
                try:
                    self.outcomes.append(self._one(entry, reading))
                except Interrupted as stop:
                    text = "Đã dừng theo yêu cầu; tệp đã xong được giữ lại, thêm --resume để không làm lại chúng"
                    raise Interrupted(text) from stop
                except SohoaError as error:
                    tell(entry.name, error, self._output)
                    failed += 1
                except Exception as error:  # noqa: BLE001 - edge of a process: the other inputs must not suffer for it
                    tell(entry.name, UnexpectedFailure(type(error).__name__), self._output)
                    failed += 1
        finally:
            self._bar.close()
            pool.shutdown(wait=False, cancel_futures=True)
            self._services.children.close()
        return failed

    def _one(self, entry: Input, reading: Reading) -> Outcome:
        pages: dict[int, ReadPage] = {}
        for index, page in reading.pages():
            pages[index] = page
            self._done += 1
            self._bar.show(self._done, sum(item.pages for item in self._entries))
        ordered = [pages[index] for index in sorted(pages)]
        return write(entry, ordered, self._services, self._out, seal=self._seal)
