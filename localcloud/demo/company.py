"""What examples/spark need around them, as a platform team makes it once: namespaces of teams, and an image of BPG.

It knows the names of the examples only, and what is wrong with the image.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from localcloud.gateway.profile import Profile
from localcloud.kubelet.gatewayimage import gateway_image
from localcloud.kubelet.images import Image, Launch, RefusedError, Surroundings

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/batch-processing-gateway"
FILE = "/etc/app_config/app-config.yaml"
FLAW = "LEGACY_SHUFFLE"
"""The image does not start from a file in which a variable of a job is called so. No real BPG has this flaw; it stands
for those that nobody knows yet."""


def images() -> Mapping[str, Image]:
    """Return the image of the examples' gateways, with its flaw."""
    sound = gateway_image(Profile.AWS_PIN)

    def launch(around: Surroundings) -> Launch:
        if FLAW in around.mounts.locate(FILE).read_text():
            raise RefusedError(f"java.lang.IllegalStateException: {FLAW} is set")
        return sound(around)

    return {IMAGE: launch}


def teams() -> str:
    """Return the manifests of the teams' namespaces; general-gateway asks for their label."""
    allowed = {"spark-routes": "allowed"}
    labels = {"team-clinical": {}, "team-digital": allowed, "team-science": allowed}
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": given}}
        for name, given in labels.items()
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
