"""Templates: how a kind of paper calls things, read from TOML and checked as a whole before any is used."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pipeline.fields.folding import fold
from schemas.errors import BadTemplate
from schemas.fields import FieldKind

COMMON: Final = "common.toml"
SHAPES: Final = ("form", "letter")
EXACT: Final = 6
"""Labels of so few letters are words of running text, too: none of them may be misread."""
TEMPLATE_KEYS: Final = {
    "code": str, "procedures": list, "papers": list, "titles": list, "form_numbers": list, "shape": str,
    "weak": bool, "owner": list, "owner_code": bool, "first": str, "person": list, "label": list,
}  # fmt: skip
COMMON_KEYS: Final = {"labels": dict, "headings": dict, "kinds": dict, "signatures": dict}
PERSON_KEYS: Final = {"role": str, "names": list, "headings": list, "signs_as": list, "table": bool}
LABEL_KEYS: Final = {"kind": str, "role": str, "texts": list}


@dataclass(frozen=True)
class Label:
    """A wording that tells what follows it, or whose.

    Attributes:
        folded: its letters and digits.
        kind: of the value that follows; None where none is wanted.
        role: whose value that is; None: of whoever is being spoken of.
        turns: what follows speaks of that role, until another one takes over.
    """

    folded: str
    kind: FieldKind | None
    role: str | None = None
    turns: bool = False

    @property
    def most(self) -> int:
        """Letters that may be misread."""
        return min(4, len(self.folded) // 6) if len(self.folded) > EXACT else 0


@dataclass(frozen=True, kw_only=True)
class Template:
    """A kind of paper.

    Attributes:
        code: stable name.
        papers: mã giấy tờ that it is used for where the paper's own title says nothing else.
        titles, form_numbers: folded; what its first page bears.
        weak: any other template whose title is there goes before it.
        letter: an agency's letter, with head, subject and signature; else a form.
        owner: roles of which one at least must be the owner of the dossier; none: no owner is looked for.
        owner_code: it bears the code of its dossier.
        first: role of the first person that is named without one.
        labels: the paper's own and those of all papers, longest first.
        signers: folded lines above a signature, and whose it is; "" for an agency's.
        table_role: role of persons in rows of a table.
    """

    code: str
    papers: tuple[str, ...]
    titles: tuple[str, ...]
    form_numbers: tuple[str, ...]
    weak: bool
    letter: bool
    owner: tuple[str, ...]
    owner_code: bool
    first: str
    labels: tuple[Label, ...]
    signers: tuple[tuple[str, str], ...]
    table_role: str


@dataclass(frozen=True)
class Library:
    """All templates, and what papers of all kinds share."""

    templates: tuple[Template, ...]
    kinds: tuple[str, ...]

    def named(self, code: str) -> Template:
        """Return a template.

        Raises:
            BadTemplate: there is none of that code.
        """
        found = [template for template in self.templates if template.code == code]
        if not found:
            raise BadTemplate(f"Thiếu mẫu {code!r}")
        return found[0]


@cache
def library() -> Library:
    """Return the templates that come with the product; read once.

    Raises:
        BadTemplate: one of them is not well formed, and what is wrong.
    """
    folder = files("pipeline.fields") / "templates"
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    return read_library(texts)


def read_library(texts: Mapping[str, str]) -> Library:
    """Return templates from the texts of their files.

    Raises:
        BadTemplate: one is not well formed, and what is wrong.
    """
    values = {name: _parsed(name, text) for name, text in texts.items()}
    common = values.pop(COMMON, None)
    if common is None:
        raise BadTemplate(f"Thiếu tệp {COMMON}")
    _check(COMMON, common, COMMON_KEYS, tuple(COMMON_KEYS))
    shared = tuple(_common_labels(common))
    letters = tuple((fold(text), "") for text in common["signatures"]["letters"])
    templates = tuple(_template(name, value, shared, letters) for name, value in sorted(values.items()))
    codes = [template.code for template in templates]
    doubled = sorted({code for code in codes if codes.count(code) > 1})
    if doubled:
        raise BadTemplate(f"Hai mẫu cùng mã: {', '.join(doubled)}")
    return Library(templates, tuple(common["kinds"]["titles"]))


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTemplate(f"{name}: không phải TOML: {error}") from error


def _common_labels(common: Mapping[str, Any]) -> Iterator[Label]:
    for name, texts in common["labels"].items():
        kind = None if name == "nothing" else _kind(COMMON, name)
        yield from (Label(fold(text), kind) for text in texts)
    for role, texts in common["headings"].items():
        yield from (Label(fold(text), FieldKind.FULL_NAME, role, turns=True) for text in texts)


def _template(
    name: str, value: dict[str, Any], shared: tuple[Label, ...], letters: tuple[tuple[str, str], ...]
) -> Template:
    _check(name, value, TEMPLATE_KEYS, ("code", "shape"))
    people = value.get("person", [])
    for person in people:
        _check(name, person, PERSON_KEYS, ("role",))
    roles = {person["role"] for person in people}
    unknown = sorted({*value.get("owner", ()), *filter(None, [value.get("first")])} - roles)
    if unknown:
        raise BadTemplate(f"{name}: vai {', '.join(unknown)} không có mục [[person]] nào")
    if value["shape"] not in SHAPES:
        raise BadTemplate(f"{name}: shape phải là {' hoặc '.join(SHAPES)}")
    own = (*_person_labels(people), *_own_labels(name, value.get("label", [])))
    taken = {label.folded for label in own}
    labels = (*own, *(label for label in shared if label.folded not in taken))
    signs = ((fold(text), person["role"]) for person in people for text in person.get("signs_as", ()))
    return Template(
        code=value["code"],
        papers=tuple(value.get("papers", ())),
        titles=tuple(map(fold, value.get("titles", ()))),
        form_numbers=tuple(map(fold, value.get("form_numbers", ()))),
        weak=value.get("weak", False),
        letter=value["shape"] == "letter",
        owner=tuple(value.get("owner", ())),
        owner_code=value.get("owner_code", False),
        first=value.get("first", ""),
        labels=tuple(sorted(labels, key=lambda label: -len(label.folded))),
        signers=(*signs, *letters),
        table_role=next((person["role"] for person in people if person.get("table")), "member"),
    )


def _check(name: str, value: Any, known: Mapping[str, type], wanted: tuple[str, ...]) -> None:  # noqa: ANN401 - TOML
    if not isinstance(value, dict):
        raise BadTemplate(f"{name}: cần một bảng TOML")
    strange, missing = sorted(set(value) - set(known)), [key for key in wanted if key not in value]
    if strange or missing:
        raise BadTemplate(f"{name}: khóa lạ: {', '.join(strange) or 'không'}; thiếu: {', '.join(missing) or 'không'}")
    for key, item in value.items():
        if not isinstance(item, known[key]):
            raise BadTemplate(f"{name}: {key} phải là {known[key].__name__}")


def _person_labels(people: list[dict[str, Any]]) -> Iterator[Label]:
    for person in people:
        for text in person.get("names", ()):
            yield Label(fold(text), FieldKind.FULL_NAME, person["role"], turns=True)
        for text in person.get("headings", ()):
            yield Label(fold(text), None, person["role"], turns=True)


def _own_labels(name: str, labels: list[dict[str, Any]]) -> Iterator[Label]:
    for label in labels:
        _check(name, label, LABEL_KEYS, ("kind", "role", "texts"))
        yield from (Label(fold(text), _kind(name, label["kind"]), label["role"]) for text in label["texts"])


def _kind(name: str, word: str) -> FieldKind:
    try:
        return FieldKind(word)
    except ValueError as error:
        raise BadTemplate(f"{name}: không có loại trường {word!r}") from error
