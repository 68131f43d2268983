"""What is looked for beside the watches, and whom a change wakes."""

from __future__ import annotations

from collections.abc import Callable

from mwaa_operator.api.meta import ObjectKey
from mwaa_operator.app.platform import Platform
from mwaa_operator.engine.instruments import Instruments
from mwaa_operator.engine.lookout import Lookout, Subject
from mwaa_operator.engine.queue import Priority
from mwaa_operator.kube.errors import KubeError
from mwaa_operator.workflow.api import KIND
from mwaa_operator.workflow.build import CONFIG_MAP_INDEX


def config_maps(
    platform: Platform, enqueue: Callable[[ObjectKey, Priority], None], instruments: Instruments
) -> Lookout[tuple[str, str]]:
    """Return the look-out for labelled ConfigMaps; a change wakes the workflows that name it, as an edit of them does.

    Args:
        platform: Of the process; rooms have added their indices.
        enqueue: Takes a key into its queue.
        instruments: The clock and the log.
    """

    def changed(config_map: tuple[str, str]) -> None:
        for key in platform.cache.by_index(KIND.kind, CONFIG_MAP_INDEX, "/".join(config_map)):
            enqueue(key, Priority.USER)

    subject = Subject("configmaps", platform.kube.watched_config_maps, (KubeError,), changed)
    timings = platform.timings
    return Lookout(subject, seconds=timings.lookout, patience=timings.settled, instruments=instruments)
