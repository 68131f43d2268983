"""The composition root: the one place that knows every part and connects them. It holds no behaviour of its own."""

from __future__ import annotations

from mwaa_operator.app.process import operate

__all__ = ["operate"]
