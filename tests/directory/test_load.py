"""How many changes a second one organization and one group can bear before somebody is refused.

On the model of load (`tests.fakes.contention`): transactions that overlap within twelve milliseconds on an item are
cancelled, a partition takes 1,000 write units a second. Identity providers send 25 changes a second at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.load import Load, on_one_group, on_one_organization

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.slow
@pytest.mark.parametrize("rate", [25, 50, 100])
@pytest.mark.parametrize("traffic", [on_one_organization, on_one_group])
def test_changes_of_every_rate_succeed(traffic: Callable[[float, float], Load], rate: int) -> None:
    load = traffic(rate, 10.0)
    print(f"{traffic.__name__}, {rate} a second: {load}")
    assert load.requests > 9 * rate
    assert load.failures == 0
    assert load.wrong == []
    assert load.longest < 2.0
