"""`mwaa-operator run`: the operator itself, until it is told to stop."""

from __future__ import annotations

from mwaa_operator.cli.errors import USAGE, CliError


def run() -> int:
    """Run the operator: watch the objects of all namespaces and bring AWS in line with them.

    Takes no options; the chart sets everything through the environment. Ends with 0 on SIGTERM after the passes under
    way, and with 1 if it loses the Lease or a watch, so that Kubernetes starts it again.
    """
    from mwaa_operator.settings import InvalidSettingsError, load_settings

    try:
        settings = load_settings()
    except InvalidSettingsError as error:
        raise CliError(
            f"the settings are wrong:\n{error}",
            next_step="correct these environment variables, or the values of the chart that they come from",
            code=USAGE,
        ) from error
    from mwaa_operator.app import operate
    from mwaa_operator.kube.errors import KubeError

    try:
        return operate(settings)
    except (KubeError, OSError) as error:
        raise CliError(
            f"the operator cannot start: {error}",
            next_step="check KUBECONFIG or the pod's ServiceAccount, and MWAA_OPERATOR_HTTP_BIND_ADDRESS",
        ) from error
