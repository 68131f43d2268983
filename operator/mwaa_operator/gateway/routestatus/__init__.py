"""What a pass over a gateway says of every route that refers to it. Pure."""

from mwaa_operator.gateway.routestatus.report import RouteReport, route_reports

__all__ = ["RouteReport", "route_reports"]
