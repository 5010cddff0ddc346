"""Invented dossiers: who asks for what, and the papers they bring."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from samples.layout import Leaf
from samples.people import Person, Place, invent_person
from schemas.dossier import Component, Dossier, Owner

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What all papers of a dossier share.

    Attributes:
        owner: who hands the dossier in.
        day: the day it is handed in.
        luck: seed of all that is left to chance in the papers.
    """

    owner: Person
    place: Place
    day: date
    luck: str

    def chance(self, purpose: str) -> random.Random:
        """Return a source of chance that depends on `purpose` alone, not on what was drawn before."""
        return random.Random(f"{self.luck}/{purpose}")

    def person(self, purpose: str, born_in: int, *, female: bool) -> Person:
        """Return the invented person who plays the part `purpose`; the same at every call."""
        return invent_person(self.place, self.chance(purpose), born_in, female=female)

    def number(self, purpose: str, below: int) -> int:
        """Return a number in 1..below-1."""
        return self.chance(purpose).randrange(1, below)


@dataclass(frozen=True, kw_only=True)
class Template:
    """A kind of paper: its code and title, and how it is printed."""

    component: Component
    draw: Callable[[Scene], tuple[Leaf, ...]]


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A kind of dossier (thủ tục hành chính).

    Attributes:
        agency: name of the deciding agency; "{place}" stands for the commune.
        days: time limit in calendar days.
    """

    code: str
    name: str
    field_code: str
    field_name: str
    agency: str
    days: int
    templates: tuple[Template, ...]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A component of a dossier as printed."""

    component: Component
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A dossier and its papers, in the order of the intake slip."""

    dossier: Dossier
    papers: tuple[Paper, ...]


def invent_case(procedure: Procedure, scene: Scene, serial: int) -> Case:
    """Return the dossier that the owner in `scene` hands in, with its papers."""
    papers = tuple(Paper(component=item.component, leaves=item.draw(scene)) for item in procedure.templates)
    return Case(dossier=_dossier(procedure, scene, serial), papers=papers)


def _dossier(procedure: Procedure, scene: Scene, serial: int) -> Dossier:
    received = datetime.combine(scene.day, time(7 + serial % 4, serial * 7 % 60, 15), VIETNAM)
    return Dossier(
        code=f"{scene.place.agency_code}-{scene.day:%Y%m%d}-{serial:07d}",
        procedure_code=procedure.code,
        procedure_name=procedure.name,
        field_code=procedure.field_code,
        field_name=procedure.field_name,
        agency_code=scene.place.agency_code,
        agency_name=procedure.agency.format(place=scene.place.name),
        owner=Owner(name=scene.owner.name, identity_no=scene.owner.identity_no),
        components=tuple(item.component for item in procedure.templates),
        received_at=received,
        due_at=datetime.combine(scene.day + timedelta(days=procedure.days), time(17, 0), VIETNAM),
    )
