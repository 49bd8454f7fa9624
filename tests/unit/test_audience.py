"""Audiences: an entry reaches an audience by one address at most, and only where the rule says so."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.access import Caller, Role
from backend.domain.audience import Audience, addressed_to
from backend.domain.ids import AssociateId, Region, StoreId

NAMES = st.none() | st.sampled_from(["a", "b"])
CALLERS = st.builds(
    Caller, st.sampled_from(["a", "b", "c"]), st.sampled_from([Role.ASSOCIATE, Role.MANAGER]), NAMES, NAMES, NAMES
)


@given(CALLERS, NAMES, NAMES, NAMES)
def test_an_entry_is_heard_by_whom_it_is_for(
    caller: Caller, associate_id: AssociateId | None, store_id: StoreId | None, region: Region | None
) -> None:
    reached = set(Audience.of(caller).addresses()) & set(addressed_to(associate_id, store_id, region))
    if caller.role is Role.ASSOCIATE:
        own = (caller.associate_id or caller.subject) == associate_id
        unassigned = associate_id is None and store_id is not None and store_id == caller.store_id
        expected = own or unassigned
    elif caller.store_id is not None:
        expected = store_id == caller.store_id
    else:
        expected = caller.region is None or region == caller.region
    assert len(reached) == int(expected)
