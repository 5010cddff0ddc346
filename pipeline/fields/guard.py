"""The cross-citizen guard: whether the owner of a dossier stands where a paper's template says the owner should.

What speaks for the owner is looked for first, and anywhere among the roles that the template names: a contract has
two parties, and one of them is the owner. Only where nothing does, and what stands there is good evidence of somebody
else, a paper is held. What cannot be read, was written by hand, or may be misread, is no evidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from pipeline.fields.folding import distance, fold
from pipeline.fields.names import Likeness, compare, strange_syllables
from pipeline.fields.signatures import PEN_STROKES
from pipeline.fields.template import Library, Template
from pipeline.fields.validators import name
from schemas.dossier import Dossier, Owner
from schemas.fields import Conflict, Field, FieldKind, PaperFields, Verdict

MISREAD = 2
"""Digits or letters in which two readings of the same number or code may differ."""
TELLING = 2
"""So many syllables that are none of the owner's make another name, though one of them may be misread."""
CLEAR = 0.75
"""Probability of a word, on average, above which another name is another, whatever syllables it shares."""
NAMES: Final = frozenset({FieldKind.FULL_NAME, FieldKind.SIGNER})
BODIES: Final = (
    "công ty", "hợp tác xã", "doanh nghiệp", "chi nhánh", "hộ kinh doanh", "trường ", "ủy ban", "uỷ ban",
    "tổng công ty",
    "trung tâm", "văn phòng", "hội ", "liên hiệp", "quỹ ", "ban quản lý", "bệnh viện", "nhà máy", "cơ sở ", "đoàn ",
)  # fmt: skip
"""How names of bodies begin: whoever signs for one bears another name."""


class Says(Enum):
    """What a field says of its person: it is the owner, may be, is somebody else, or may be; or nothing."""

    OWNER = auto()
    LIKE = auto()
    NOTHING = auto()
    UNLIKE = auto()
    OTHER = auto()


FOR: Final = frozenset({Says.OWNER, Says.LIKE})


@dataclass(frozen=True)
class Person:
    """What a paper says of whoever has a role."""

    numbers: tuple[tuple[Field, Says], ...]
    names: tuple[tuple[Field, Says], ...]

    @property
    def is_owner(self) -> bool:
        """Whether it is the owner. A number tells more than a name: names are shared, and they change."""
        numbers, names = {says for _, says in self.numbers}, {says for _, says in self.names}
        if Says.OWNER in numbers:
            return True
        if Says.OTHER in numbers:
            return False
        return bool(names & FOR) or (Says.LIKE in numbers and not self._other_by_name_and_sure_number)

    @property
    def _other_by_name_and_sure_number(self) -> bool:
        """Whether a number that is almost the owner's was read for sure, beside another name: a twin, perhaps."""
        return any(field.verified for field, _ in self.numbers) and any(says is Says.OTHER for _, says in self.names)

    @property
    def against(self) -> list[Field]:
        """Where somebody else stands for sure; nowhere if this is the owner."""
        told = (*self.names, *self.numbers)
        return [] if self.is_owner else [field for field, says in told if says is Says.OTHER]

    @property
    def slipped(self) -> list[Field]:
        """Where somebody else signs on a page that does not name the owner, though another page does."""
        named = {field.page_no for field, says in (*self.names, *self.numbers) if says in FOR}
        return [field for field, says in self.names if says is Says.OTHER and named and field.page_no not in named]


def conflicts(papers: Iterable[PaperFields], dossier: Dossier, library: Library) -> tuple[Conflict, ...]:
    """Return the places at which somebody else stands than the owner of the dossier; none where all is well."""
    return tuple(found for paper in papers for found in _of_paper(paper, dossier, library.named(paper.template)))


def _of_paper(paper: PaperFields, dossier: Dossier, template: Template) -> list[Conflict]:
    people = [] if is_body(dossier.owner) else [_person(paper, role, dossier.owner) for role in template.owner]
    owners = [person for person in people if person.is_owner]
    found = [field for person in people for field in person.against] if not owners else []
    alone = owners if len(template.owner) == 1 else []
    slipped = [field for person in alone for field in person.slipped]
    codes = _other_codes(paper, dossier.code) if template.owner_code else []
    return [Conflict(field) for field in (*found, *slipped, *codes)]


def is_body(owner: Owner) -> bool:
    """Whether the owner is no person."""
    return owner.name.casefold().startswith(BODIES)


def _person(paper: PaperFields, role: str, owner: Owner) -> Person:
    said = [field for field in paper.fields if field.role == role and field.value]
    return Person(
        numbers=tuple((f, by_number(f, owner.identity_no)) for f in said if f.kind is FieldKind.IDENTITY_NO),
        names=tuple((f, by_name(f, owner.name)) for f in said if f.kind in NAMES),
    )


def by_number(field: Field, known: str) -> Says:
    """Compare a number as read with the owner's."""
    if field.normalised == known:
        return Says.OWNER
    if not known or (field.verdict is not Verdict.INVALID and len(field.normalised) != len(known)):
        return Says.NOTHING  # the old number of nine digits beside the new one of twelve
    if distance(field.normalised, known) <= MISREAD:
        return Says.LIKE
    return Says.UNLIKE if field.verdict is Verdict.INVALID else Says.OTHER


def by_name(field: Field, known: str) -> Says:
    """Compare a name as read with the owner's."""
    likeness = compare(field.value, known)
    if likeness is Likeness.SAME:
        return Says.OWNER
    if likeness is Likeness.LIKE:
        return Says.UNLIKE if field.verified and fold(field.value) != fold(known) else Says.LIKE
    sure = field.verified or (likeness is Likeness.OTHER and (field.verdict is Verdict.VALID or _foreign(field, known)))
    return Says.OTHER if sure else Says.UNLIKE


def _foreign(field: Field, known: str) -> bool:
    """Whether a name is another in spite of a word that may be misread: strokes of a pen are no name."""
    named = name(field.value)[1] is Verdict.VALID
    by_word = field.confidence ** (1 / max(1, len(field.value.split())))
    told = by_word > CLEAR or (by_word > PEN_STROKES and strange_syllables(field.value, known) >= TELLING)
    return named and told


def _other_codes(paper: PaperFields, known: str) -> Sequence[Field]:
    codes = [field for field in paper.fields if field.kind is FieldKind.DOSSIER_CODE and field.verdict is Verdict.VALID]
    return [field for field in codes if distance(field.normalised, known) > MISREAD]
