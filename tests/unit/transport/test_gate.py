import pytest

from polygist.errors import NotReady, QueueFull
from polygist.transport.gate import Gate, State


def test_nobody_gets_in_before_the_models_are_warm_or_while_draining() -> None:
    gate = Gate(1)
    with pytest.raises(NotReady, match="loading"), gate.passage():
        pass
    gate.state = State.DRAINING
    with pytest.raises(NotReady, match="draining"), gate.passage():
        pass


def test_one_more_than_the_permits_is_refused_and_a_permit_comes_back_after_an_error() -> None:
    gate = Gate(1)
    gate.state = State.SERVING
    with gate.passage(), pytest.raises(QueueFull), gate.passage():
        pass
    with pytest.raises(ZeroDivisionError), gate.passage():
        raise ZeroDivisionError
    with gate.passage():
        pass
