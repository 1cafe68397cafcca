"""Volume, price and mix are what they are said to be, and add up to the difference to the last decimal."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.query.explanation import Effects, Key, Spent, changes

TEN_PLACES = Fraction(1, 2 * 10**10)
amounts = st.integers(0, 10**16).map(lambda units: Decimal(units).scaleb(-10)) | st.sampled_from(
    [Decimal(0), Decimal(7)]
)
spent = st.builds(Spent, st.integers(1, 10**6), amounts)
keys: st.SearchStrategy[Key] = st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", None]))
groups = st.dictionaries(keys, spent, max_size=6)


def exact(amount: Decimal) -> Fraction:
    return Fraction(amount)


@given(before=groups, after=groups)
def test_effects_add_up_in_each_group_and_in_all(before: dict[Key, Spent], after: dict[Key, Spent]) -> None:
    found = changes(before, after)
    assert {change.key for change in found} == before.keys() | after.keys()
    for change in found:
        effects = change.effects
        difference = exact(change.after.credits) - exact(change.before.credits)
        assert exact(effects.volume) + exact(effects.price) + exact(effects.mix) == difference
        assert exact(effects.difference) == difference
    total = Effects.sum(change.effects for change in found)
    whole = [sum(exact(one.credits) for one in each.values()) for each in (before, after)]
    assert exact(total.difference) == whole[1] - whole[0]
    sizes = [abs(change.effects.difference) for change in found]
    assert sizes == sorted(sizes, reverse=True)


@given(before=groups, after=groups)
def test_each_effect_is_what_it_is_said_to_be(before: dict[Key, Spent], after: dict[Key, Spent]) -> None:
    calls = [sum(one.calls for one in each.values()) for each in (before, after)]
    for change in changes(before, after):
        was, now, effects = change.before, change.after, change.effects
        if not calls[0]:
            assert (effects.price, effects.mix) == (0, 0)
        elif not was.calls:
            assert (effects.volume, effects.price) == (0, 0)
        else:
            price, share = exact(was.credits) / was.calls, Fraction(was.calls, calls[0])
            assert abs(exact(effects.volume) - (calls[1] - calls[0]) * share * price) <= TEN_PLACES
            assert abs(exact(effects.price) - (exact(now.credits) - now.calls * price)) <= TEN_PLACES
            assert abs(exact(effects.mix) - (now.calls - calls[1] * share) * price) <= 2 * TEN_PLACES


def test_a_price_alone_changes_no_volume_and_no_mix() -> None:
    before: dict[Key, Spent] = {("a",): Spent(10, Decimal(5)), ("b",): Spent(10, Decimal(20))}
    [dearer, same] = changes(before, {("a",): Spent(10, Decimal(8)), ("b",): Spent(10, Decimal(20))})
    assert dearer.effects == Effects(price=Decimal(3))
    assert same.effects == Effects()


def test_twice_the_calls_are_volume_alone() -> None:
    before: dict[Key, Spent] = {("a",): Spent(10, Decimal(5)), ("b",): Spent(10, Decimal(20))}
    found = changes(before, {key: Spent(2 * one.calls, 2 * one.credits) for key, one in before.items()})
    assert [change.effects for change in found] == [Effects(volume=Decimal(20)), Effects(volume=Decimal(5))]
