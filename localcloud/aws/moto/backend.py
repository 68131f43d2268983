"""moto's own server application, and the answers of ours in front of it.

Given a call that was understood, this returns the reply: ours where moto lacks the operation or gets it wrong, else
moto's. Counting, faults and rights are the proxy's business.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from localcloud.aws.moto import iam, s3, sts
from localcloud.aws.moto.apicall import ApiCall, Environ, rewound
from localcloud.aws.moto.ids import choosable_ids, giving, wanted_id
from localcloud.aws.moto.principals import Principals
from localcloud.aws.moto.quotas import Quotas
from localcloud.aws.moto.replies import Reply, success

Answer = Callable[[ApiCall], Mapping[str, Any]]
Hook = Callable[[ApiCall, Reply], Reply]


class MotoBackend:
    """The services themselves. moto keeps its state in the process, so only one of these can be in use at a time."""

    def __init__(self, principals: Principals, quotas: Quotas) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._s3_turn = threading.Lock()
        self._answers: dict[tuple[str, str], Answer] = {
            ("sts", "GetCallerIdentity"): sts.get_caller_identity,
            ("sts", "AssumeRole"): lambda call: sts.assume_role(call, principals),
            ("sts", "AssumeRoleWithWebIdentity"): lambda call: sts.assume_role_with_web_identity(call, principals),
            ("iam", "SimulatePrincipalPolicy"): iam.simulate_principal_policy,
            ("service-quotas", "GetServiceQuota"): quotas.get_service_quota,
            ("service-quotas", "ListServiceQuotas"): quotas.list_service_quotas,
        }
        self._hooks: dict[tuple[str, str], Hook] = {
            ("s3", "CreateBucket"): s3.after_create_bucket,
            ("s3", "GetBucketEncryption"): s3.after_get_encryption,
        }

    def serve(self, call: ApiCall, environ: Environ, body: bytes) -> Reply:
        """Do what the call asks for.

        Raises:
            ApiError: what AWS would refuse and moto would not.
        """
        if call.service == "s3":
            s3.check_expected_owner(call)
            s3.check_checksum(call, body)
            environ = s3.with_algorithm(call, environ)
        key = (call.service, call.operation)
        if answer := self._answers.get(key):
            return success(service=call.service, operation=call.operation, protocol=call.protocol, result=answer(call))
        reply = self._ask_moto(call, environ, body)
        hook = self._hooks.get(key)
        return hook(call, reply) if hook else reply

    def _ask_moto(self, call: ApiCall, environ: Environ, body: bytes) -> Reply:
        request = rewound(environ, body)
        request["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        # A list of moto's S3 breaks where another thread deletes meanwhile; what it does takes no time to wait for.
        turn = self._s3_turn if call.service == "s3" else nullcontext()
        with turn, giving(wanted_id(call), call):
            chunks, status, headers = run_wsgi_app(self._moto, request, buffered=True)
        kept = tuple((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP)
        return Reply(int(status.split(" ", 1)[0]), b"".join(chunks), kept)


_HOP_BY_HOP = {"connection", "transfer-encoding", "server", "date"}


def empty_moto() -> None:
    """Forget everything that moto holds, in all accounts."""
    BackendDict.reset()
    reset_model_data()


@contextmanager
def fresh_moto() -> Iterator[None]:
    """Empty moto, and mend what is mended inside it, for as long as the context lasts."""
    empty_moto()
    with choosable_ids(), iam.service_linked_names():
        yield
    empty_moto()
