"""Whatever text stands in a pack, compiling it ends in an expression or in faults inside the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.policy import profile
from scanner.policy.engine import ExpressionError, Undecided
from scanner.policy.syntax import Call, Constant, Name, Quantifier, dotted, tree
from tests.policy.test_kleene import ENGINE, NAMES

_TOKENS = (
    *("data.health", "key.custody", "encryption.at_rest", "copies", "sets.eea", "location.country", "c", "c.country"),
    *("'US'", '"x"', "1", "-1", "1u", "1.5", "true", "null", "[", "]", "(", ")", "{", "}", ":", ",", "&&", "||", "!"),
    *("==", "!=", "<", "in", "?", ".all(c, ", ".exists(c, ", "size(", ".startsWith(", "b'\\xff'", "'\\u0000'"),
    *("9999999999999999999", "type(", "dyn(", "@in", "_&&_", "[0]", "é", "\x00", "//", "\n", "'''", "\ud800", "."),
)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(_TOKENS), min_size=1, max_size=14).map(" ".join))
def test_random_text_is_compiled_or_refused_within_its_bounds(text: str) -> None:
    try:
        expression = ENGINE.compile(text)
    except ExpressionError as refused:
        assert refused.faults
        assert all(0 <= fault.offset <= len(text) and fault.message for fault in refused.faults)
        return
    reading = profile.read(expression.tree, NAMES)
    assert set(reading.facts) <= set(NAMES.facts)
    answer = expression.decide({})
    assert isinstance(answer, bool | Undecided)


def test_deep_nesting_is_refused_and_does_not_crash() -> None:
    with pytest.raises(ExpressionError):
        ENGINE.compile("(" * 900 + "encryption.at_rest" + ")" * 900)


def test_the_tree_keeps_order_literals_and_offsets() -> None:
    text = "retention.days < -3 || copies.exists(c, c.country == 'é')"
    root = ENGINE.compile(text).tree
    assert isinstance(root, Call) and root.function == "_||_"
    less, exists = root.arguments
    assert isinstance(less, Call) and isinstance(exists, Quantifier)
    assert dotted(less.arguments[0]) == "retention.days"
    assert isinstance(less.arguments[1], Constant) and less.arguments[1].value == -3
    assert (exists.variable, isinstance(exists.over, Name), dotted(exists.over)) == ("c", True, "copies")
    literals = [node for step in exists.steps for node in _constants(step) if node.value == "é"]
    assert [node.offset for node in literals] == [text.index("'é'")]


def _constants(node: object) -> list[Constant]:
    if isinstance(node, Constant):
        return [node]
    return [found for each in node.arguments for found in _constants(each)] if isinstance(node, Call) else []


def test_a_damaged_tree_is_an_error_and_not_a_wrong_reading() -> None:
    with pytest.raises((ValueError, IndexError, KeyError)):
        tree(b"\x22\x01")
