"""Libraries that load models write nothing, and do again afterwards."""

import warnings

from polygist.store.quiet import quiet


def test_warnings_are_unheard_inside_and_heard_after() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with quiet():
            warnings.warn("inside", UserWarning, stacklevel=1)
        warnings.warn("after", UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["after"]
