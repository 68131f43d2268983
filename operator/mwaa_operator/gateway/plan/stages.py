"""How far a change has come, in the words of `status.stagedRevision.state`. Pure."""

from __future__ import annotations

from typing import Final

RENDERED: Final = "Rendered"
PROVING: Final = "Proving"
PROVEN: Final = "Proven"
ROLLING: Final = "Rolling"
FAILED: Final = "Failed"
