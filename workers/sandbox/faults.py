"""Which faults the sandbox shows, how often, and the dice that decide."""

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from schemas.errors import SettingsError


class Fault(StrEnum):
    """What can go wrong with one request."""

    SLOW = "slow"
    ERROR_500 = "error_500"
    DROP = "drop"
    DUPLICATE = "duplicate"
    EXISTS = "exists"
    SESSION = "session"
    HTML = "html"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Probability of each fault, 0..1; at most one befalls a request.

    Attributes:
        slow: the work is done, the answer comes `slow_s` seconds later.
        error_500: HTTP 500, before or after the work was done.
        drop: the work is done, the connection is closed before the answer's body.
        duplicate: the answer comes twice in one body, or the request is worked on twice.
        exists: "đã tồn tại", because the work was just done, or although it was not.
        session: the session has ended.
        html: a web page with status 200, as a gateway shows it; nothing was done.
        seed: of the dice; equal seeds give equal sequences.
    """

    slow: float = 0.0
    error_500: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0
    exists: float = 0.0
    session: float = 0.0
    html: float = 0.0
    slow_s: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        if any(not 0 <= self.chance(fault) <= 1 for fault in Fault) or self.slow_s < 0:
            raise SettingsError("Xác suất lỗi giả lập phải từ 0 đến 1, thời gian chậm không âm")

    def chance(self, fault: Fault) -> float:
        """Return the probability of `fault`."""
        return float(getattr(self, fault.value))

    @classmethod
    def everything(cls, probability: float, *, slow_s: float = 0.2, seed: int = 0) -> Self:
        """Return all faults switched on, each with `probability`."""
        return cls(**{fault.value: probability for fault in Fault}, slow_s=slow_s, seed=seed)

    def changed(self, values: Mapping[str, Any]) -> "Faults":
        """Return these faults with `values` in their place; "all" stands for every probability.

        Raises:
            SettingsError: an unknown name or a value that is no number.
        """
        known = {item.name for item in fields(self)}
        if unknown := sorted(set(values) - known - {"all"}):
            raise SettingsError(f"Không có lỗi giả lập tên {', '.join(unknown)}")
        if not all(isinstance(value, int | float) for value in values.values()):
            raise SettingsError("Giá trị của lỗi giả lập phải là số")
        each: dict[str, Any] = {fault.value: values["all"] for fault in Fault} if "all" in values else {}
        return replace(self, **each | {name: value for name, value in values.items() if name != "all"})

    def to_json(self) -> dict[str, Any]:
        """Return all values by name."""
        return asdict(self)


class Dice:
    """Decides which fault befalls a request, and counts. May be shared by threads."""

    def __init__(self, faults: Faults) -> None:
        """Start with the seed of `faults`."""
        self._lock = threading.Lock()
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - a repeatable sequence is wanted
        self._seen: Counter[str] = Counter()

    @property
    def faults(self) -> Faults:
        """What is switched on now."""
        return self._faults

    @property
    def seen(self) -> dict[str, int]:
        """How often each fault was shown."""
        with self._lock:
            return dict(self._seen)

    def switch(self, faults: Faults) -> None:
        """Go on with other faults, from their seed."""
        with self._lock:
            self._faults = faults
            self._random.seed(faults.seed)

    def roll(self) -> Fault | None:
        """Return the fault of the next request, None for a sound one."""
        with self._lock:
            order = self._random.sample(list(Fault), len(Fault))
            return next((fault for fault in order if self._random.random() < self._faults.chance(fault)), None)

    def heads(self) -> bool:
        """Toss a coin."""
        with self._lock:
            return self._random.random() < 0.5

    def count(self, fault: Fault) -> None:
        """Note that `fault` was shown."""
        with self._lock:
            self._seen[fault.value] += 1
