"""How much room a signature needs: kept free in the file before there is one; what is not used stays there."""

from dataclasses import dataclass, field

CMS_BYTES = 1536
"""For the signature itself and its attributes, without certificates; RSA of 4096 bits takes a third of it."""
TOKEN_BYTES = 2560
"""For a time stamp that brings one certificate or two."""
WIDE_BYTES = 8192
"""For a time stamp with a long chain, or whatever else took more than usual."""


@dataclass
class Room:
    """What is kept free; wide for good once something did not fit, so that a stamp is asked for twice only once.

    Attributes:
        certificates: bytes of those that a signature brings.
        wide: whether something needed more than is usual.
    """

    certificates: int
    wide: bool = field(default=False, init=False)

    def digits(self, *, stamped: bool) -> int:
        """Return the hexadecimal digits to keep free for a signature with or without a time stamp."""
        usual = TOKEN_BYTES if stamped else 0
        return 2 * (self.certificates + CMS_BYTES + (WIDE_BYTES if self.wide else usual))

    def widen(self) -> None:
        """Keep more free from now on."""
        self.wide = True
