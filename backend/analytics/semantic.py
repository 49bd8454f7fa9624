"""The semantic model: every dimension and measure once. Dashboard, API, exports and documents all read it from here."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy.dialects import postgresql

from backend.analytics.cubes.customers import CUSTOMERS
from backend.analytics.cubes.demand import UNMET_DEMAND
from backend.analytics.cubes.frequency import PRODUCT_FREQUENCY
from backend.analytics.cubes.history import CUSTOMER_HISTORY
from backend.analytics.cubes.lines import LINES
from backend.analytics.cubes.orders import ORDERS
from backend.analytics.cubes.reference import CHANNELS, PRODUCTS
from backend.analytics.cubes.sales import SALES
from backend.analytics.cubes.suggestions import MENTIONS, NOTES, OUTCOMES, SUGGESTIONS
from backend.analytics.cubes.transactions import TRANSACTIONS
from backend.analytics.cubes.value import CUSTOMER_CHURN, CUSTOMER_RFM
from backend.analytics.kinds import Cube, Dimension, Join, Measure, Segment


@dataclass(frozen=True)
class SemanticModel:
    """Cubes and the N:1 joins between them."""

    cubes: Mapping[str, Cube] = field(default_factory=dict)

    @classmethod
    def of(cls, cubes: Sequence[Cube]) -> "SemanticModel":
        """Build the model; raises where a join leads to a cube that is not there."""
        model = cls({cube.name: cube for cube in cubes})
        for cube in cubes:
            for join in cube.joins:
                if join.cube not in model.cubes:
                    raise ValueError(f"{cube.name} joins {join.cube}, which is not declared")
        return model

    def find(self, member: str) -> tuple[Cube, Dimension | Measure | Segment] | None:
        """Answer the cube and the member behind "cube.member", or None."""
        cube_name, _, name = member.partition(".")
        cube = self.cubes.get(cube_name)
        found = cube.member(name) if cube else None
        return (cube, found) if cube and found else None

    def path(self, start: str, goal: str) -> tuple[Join, ...] | None:
        """Answer the shortest way of N:1 joins from one cube to another; None where there is none."""
        ways: dict[str, tuple[Join, ...]] = {start: ()}
        waiting = [start]
        while waiting:
            here = waiting.pop(0)
            if here == goal:
                return ways[here]
            for join in self.cubes[here].joins:
                if join.cube not in ways:
                    ways[join.cube] = (*ways[here], join)
                    waiting.append(join.cube)
        return None

    def reachable(self, start: str) -> Iterator[str]:
        """Answer the cubes whose dimensions can be asked together with a measure of `start`."""
        return (name for name in self.cubes if self.path(start, name) is not None)

    @cached_property
    def definitions(self) -> Mapping[str, str]:
        """What each member means, by "cube.member": its formula in SQL, parameters included."""
        return {
            f"{cube.name}.{member.name}": _formula(member) for cube in self.cubes.values() for member in cube.members()
        }

    @cached_property
    def version(self) -> str:
        """A digest of all definitions: answers with the same version mean the same thing by the same name."""
        digest = hashlib.sha256()
        for name, formula in self.definitions.items():
            digest.update(f"{name}:{formula}\n".encode())
        return digest.hexdigest()[:12]


def _formula(member: Dimension | Measure | Segment) -> str:
    expression = member.condition if isinstance(member, Segment) else member.expression
    compiled = expression.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    values = ", ".join(f"{name} = {value}" for name, value in sorted(compiled.params.items()) if value is not None)
    return f"{compiled} [{values}]" if values else str(compiled)


MODEL = SemanticModel.of(
    [
        SALES,
        ORDERS,
        LINES,
        PRODUCT_FREQUENCY,
        CUSTOMERS,
        CUSTOMER_HISTORY,
        TRANSACTIONS,
        PRODUCTS,
        CHANNELS,
        CUSTOMER_RFM,
        CUSTOMER_CHURN,
        SUGGESTIONS,
        OUTCOMES,
        MENTIONS,
        NOTES,
        UNMET_DEMAND,
    ]
)
