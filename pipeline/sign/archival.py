"""Whether a file is PDF/A-2b, signed or not. pikepdf is known here alone.

`pikepdf.pdfa` judges no signatures. A signed file is therefore judged in two parts: what ISO 19005-2 says of signature
fields is looked at here (clauses 6.3.2, 6.3.3, 6.4.1); then, in memory, each field's appearance is drawn as content of
its page, the fields are taken away, and `pikepdf.pdfa` judges the rest with its fonts and colours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import pdfa

FLAVOUR = "2b"
PRINT, BANNED_FLAGS = 0x04, 0x01 | 0x02 | 0x20 | 0x100  # of these Invisible, Hidden, NoView, ToggleNoView
MAX_SIGNATURE = 32767
SHOWN = 5


@dataclass(frozen=True)
class ArchivalReport:
    """The judgement on a file.

    Attributes:
        approved: True, False, or None where the validator does not know something in the file.
        findings: reasons against approval, in the validator's words.
    """

    approved: bool | None
    findings: tuple[str, ...]


def judge(data: bytes) -> ArchivalReport:
    """Judge a PDF file against PDF/A-2b; an unreadable one is not approved."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            problems = tuple(_signature_problems(pdf))
            _flatten(pdf)
            report = pdfa.check(pdf, FLAVOUR)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        return ArchivalReport(approved=False, findings=(f"unreadable: {type(error).__name__}",))
    findings = problems + tuple(str(finding) for finding in report.findings[:SHOWN])
    verdicts = {"pass": True, "fail": False, "not_checked": None}
    return ArchivalReport(approved=False if problems else verdicts[report.verdict], findings=findings)


def _widgets(pdf: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Page, pikepdf.Object]]:
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", pikepdf.Array()).as_list():
            if annotation.get("/Subtype") == "/Widget":
                yield page, annotation


def _signature_problems(pdf: pikepdf.Pdf) -> Iterator[str]:
    form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
    if form.get("/NeedAppearances", False) or "/XFA" in form:
        yield "6.4.1: NeedAppearances or XFA in the form"
    for _, widget in _widgets(pdf):
        yield from _widget_problems(widget)
    permissions = pdf.Root.get("/Perms", pikepdf.Dictionary())
    if set(permissions.keys()) - {"/DocMDP", "/UR3"}:
        yield "6.1.12: unknown permissions"


def _widget_problems(widget: pikepdf.Object) -> Iterator[str]:
    flags = int(widget.get("/F", 0))
    if not flags & PRINT or flags & BANNED_FLAGS:
        yield f"6.3.2: flags {flags} of a field"
    if "/A" in widget or "/AA" in widget:
        yield "6.4.1: action on a field"
    if widget.get("/FT") != "/Sig":
        yield "6.4.1: field other than a signature"
    x0, y0, x1, y1 = (float(number) for number in widget["/Rect"].as_list())
    appearance = widget.get("/AP")
    visible = x0 != x1 or y0 != y1
    if visible and (appearance is None or set(appearance.keys()) != {"/N"}):
        yield "6.3.3: appearance of a field"
    signature = widget.get("/V", pikepdf.Dictionary())
    if len(bytes(signature.get("/Contents", b""))) > MAX_SIGNATURE:
        yield "6.1.13: signature longer than 32767 bytes"


def _flatten(pdf: pikepdf.Pdf) -> None:
    for index, (page, widget) in enumerate(list(_widgets(pdf))):
        appearance = widget.get("/AP", pikepdf.Dictionary()).get("/N")
        if isinstance(appearance, pikepdf.Stream):
            name = page.add_resource(appearance, pikepdf.Name.XObject, pikepdf.Name(f"/SoHoaSeal{index}"))
            page.contents_add(f"q {name} Do Q".encode())
    for page in pdf.pages:
        _drop_widgets(page)
    for key in ("/AcroForm", "/Perms", "/DSS", "/Extensions"):
        if key in pdf.Root:
            del pdf.Root[key]


def _drop_widgets(page: pikepdf.Page) -> None:
    annotations = page.obj.get("/Annots")
    if annotations is None:
        return
    kept = [item for item in annotations.as_list() if item.get("/Subtype") != "/Widget"]
    if kept:
        page.obj.Annots = pikepdf.Array(kept)
    else:
        del page.obj["/Annots"]
