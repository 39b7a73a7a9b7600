"""Two starting points: `trial`, to look at Gangway and throw it away, and `production`, to pass a review and stay.

A preset is nothing but values for settings; each of them can still be set by itself. Nothing that changes how clients
are answered depends on the preset, so what was tried is what will run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FROM_PRESET = "preset"
"""What a setting says when the preset decides."""
TRIAL = "trial"
PRODUCTION = "production"

PRESETS: Mapping[str, Mapping[str, Any]] = {
    TRIAL: {
        "deletionProtection": False,
        "recoveryDays": 7,
        "logRetentionDays": 30,
        "accessLogs": False,  # a new account refuses them until it has a role for them
        "firewall": False,
        "alarms": False,
    },
    PRODUCTION: {
        "deletionProtection": True,
        "recoveryDays": 35,
        "logRetentionDays": 365,
        "accessLogs": True,
        "firewall": True,
        "alarms": True,
    },
}
"""By configuration key."""
