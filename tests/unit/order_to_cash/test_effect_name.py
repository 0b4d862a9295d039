"""A key says which effect of an order it is, and which try, however a shipment is called."""

from hypothesis import given
from hypothesis import strategies as st

from crossdock.processes.order_to_cash.effect_name import EffectKind, EffectName

TARGET = "sales_order:0f1e"
NAMES = st.builds(
    EffectName,
    st.sampled_from(EffectKind),
    st.text(max_size=40).map(lambda t: f"0f1e-1/{t}") | st.just(""),
)


@given(NAMES, st.integers(1, 500))
def test_a_key_tells_its_name_and_try(name: EffectName, number: int) -> None:
    assert EffectName.parse(name.key(TARGET, number), TARGET) == (name, number)


@given(NAMES, st.integers(1, 500), NAMES, st.integers(1, 500))
def test_two_effects_never_share_a_key(
    one: EffectName, first: int, other: EffectName, second: int
) -> None:
    same_key = one.key(TARGET, first) == other.key(TARGET, second)
    assert same_key == ((one, first) == (other, second))


def test_keys_as_people_see_them() -> None:
    assert EffectName(EffectKind.CREATE).key(TARGET) == "sales_order:0f1e:create:1"
    assert EffectName(EffectKind.CLOSE).key(TARGET) == "sales_order:0f1e:close"
    assert EffectName(EffectKind.CLOSE).key(TARGET, 2) == "sales_order:0f1e:close:2"
    shipped = EffectName(EffectKind.SHIP, "0f1e-1/W:1")
    assert shipped.key(TARGET, 2) == "sales_order:0f1e:ship:0f1e-1/W%3A1:2"


def test_a_key_of_something_else_is_none_of_them() -> None:
    for key in ("create_party:x", "sales_order:aaaa:close", f"{TARGET}:explode", f"{TARGET}:"):
        assert EffectName.parse(key, TARGET) is None
