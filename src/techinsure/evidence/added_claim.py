"""What one more claim does to the development of a triangle, by method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.developed import Development
from techinsure.evidence.triangles import Triangle
from techinsure.quantities import FORBID, Name

Method = Callable[[Triangle], Development]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEffect:
    """A triangle developed by one method `before` and `after` a claim was added."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    method: Name
    before: Development
    after: Development

    @property
    def ultimate(self) -> float:
        """The change of the ultimate of all origins, the claim itself included, in the unit."""
        return self.after.ultimate - self.before.ultimate

    @property
    def ibnr(self) -> float:
        """The change of what is to come, in the unit: how far the method multiplies the claim."""
        return self.after.ibnr - self.before.ibnr

    @property
    def by_origin(self) -> tuple[float, ...]:
        """(n_origins,) changes of ultimates, in the unit."""
        return tuple(
            after.ultimate - before.ultimate
            for before, after in zip(self.before.origins, self.after.origins, strict=True)
        )


def claim_effects(
    triangle: Triangle, origin: str, age: float, amount: float, methods: Mapping[str, Method]
) -> tuple[ClaimEffect, ...]:
    """One claim of `amount` (in the triangle's unit) more, first seen in `origin` at `age`: each of
    `methods`, by name, before and after. `NotFound` for an origin that is not there."""
    if not methods:
        fix = 'give at least one, such as {"chain ladder": chain_ladder}'
        raise InvalidParameter([Fault("methods", {}, "must not be empty", fix)])
    with_claim = triangle.with_claim(origin, age, amount)
    return tuple(
        ClaimEffect(method=name, before=method(triangle), after=method(with_claim))
        for name, method in methods.items()
    )
