"""botocore's service models, cut down to the operations that the ports declare and shared by all sessions.

The model of EC2 alone costs 40 MiB, that of eight services more than 100; what the operator calls is a hundredth of it.
The cut is made at botocore's own seam, the `data_loader` component, and has a second use: an operation that no port
declares cannot be called at all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader, create_loader

Model = dict[str, Any]


class TrimmedLoader(Loader):  # type: ignore[misc]  # botocore is untyped
    """A data loader whose service models hold only declared operations; services that nobody declares stay whole.

    Args:
        operations: For each service the operations to keep, as `Port.OPERATIONS` lists them.
    """

    def __init__(self, operations: Mapping[str, frozenset[str]]) -> None:
        super().__init__()
        self._operations = operations
        self._models: dict[tuple[str, str, str | None], Model] = {}
        self._models_lock = threading.Lock()

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Model:
        """Return a model, loaded once; see botocore's Loader for the arguments and errors."""
        key = (service_name, type_name, api_version)
        with self._models_lock:
            if key not in self._models:
                # A loader of its own, because a loader never forgets what it has read.
                whole: Model = create_loader().load_service_model(service_name, type_name, api_version)
                keep = self._operations.get(service_name)
                cut = type_name == "service-2" and keep is not None
                self._models[key] = trim(whole, keep) if cut and keep is not None else whole
            return self._models[key]


def trim(model: Model, operations: frozenset[str]) -> Model:
    """Return a service model with only `operations`, the shapes that they reach, and no documentation.

    Raises:
        ValueError: An operation does not exist in the loaded model.
    """
    if unknown := operations - model["operations"].keys():
        raise ValueError(f"botocore does not know {', '.join(sorted(unknown))}; a newer one may")
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes: Model = {}
    waiting = [name for operation in kept.values() for name in _roots(operation)]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting.extend(_children(shapes[name]))
    return {**model, "operations": _undocumented(kept), "shapes": _undocumented(shapes)}


def _roots(operation: Model) -> Iterator[str]:
    for member in ("input", "output"):
        if member in operation:
            yield operation[member]["shape"]
    for error in operation.get("errors", ()):
        yield error["shape"]


def _children(shape: Model) -> Iterator[str]:
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for member in ("member", "key", "value"):
        if member in shape:
            yield shape[member]["shape"]


def _undocumented(node: Any) -> Any:
    """Drop texts called `documentation`; a shape or member of that name is an object and stays."""
    if isinstance(node, dict):
        return {
            key: _undocumented(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_undocumented(item) for item in node]
    return node
