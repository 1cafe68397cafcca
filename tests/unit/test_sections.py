"""Sections: each scope is in one, and a Query finds the counters of each."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.aggregates import sections
from ledger.aggregates.sections import INGESTED, PER_SECTION
from ledger.core import keys
from ledger.core.scopes import EVERYBODY, Scope

DAY = "2026-11-22"
COUNTS = st.integers(0, 400 * PER_SECTION)
SCOPES = st.just(EVERYBODY) | st.builds(Scope, st.sampled_from(("user", "app")), st.text(min_size=1))


@given(calls=COUNTS, ingested=COUNTS, scope=SCOPES)
def test_a_scope_is_in_one_section_and_its_counters_lie_there(calls: int, ingested: int, scope: Scope) -> None:
    [found] = [section for section in sections.divided(DAY, calls, ingested) if section.has(scope)]
    assert keys.day_partition(DAY, scope) in {keys.day_cell(DAY, cell) for cell in found.cells}
    if scope != EVERYBODY:
        digest = keys.digest(scope.did)
        assert found.first <= digest <= f"{found.last}~"
        assert found.has_did(scope.did)


@given(calls=COUNTS, ingested=COUNTS)
def test_sections_follow_each_other_and_none_has_more_than_its_share(calls: int, ingested: int) -> None:
    divided = sections.divided(DAY, calls, ingested)
    assert all(one.last < two.first for one, two in pairwise(divided))
    assert (divided[0].first, divided[-1].last) == ("---", "zzz")
    assert len(divided) >= max(calls / PER_SECTION, ingested / INGESTED)
    assert len(divided) <= max(calls / PER_SECTION, ingested / INGESTED) + 1
    assert len({section.name for section in divided}) == len(divided)
