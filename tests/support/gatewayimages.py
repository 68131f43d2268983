"""Which programs gateways under test run: the stand-in for BPG, or a real one, as `BPG_JAR` says; and broken ones.

A real one takes its time: with it the field's clocks are slower, and LOCALCLOUD_PATIENCE makes all waits longer.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from localcloud.gateway.profile import Profile
from localcloud.kubelet.gatewayimage import gateway_image
from localcloud.kubelet.gatewayjar import gateway_jar
from localcloud.kubelet.images import Image, Launch, RefusedError, Surroundings

FILE = "/etc/app_config/app-config.yaml"
IMAGE = "registry.example/bpg"
TOUCHY = f"{IMAGE}/touchy"
"""An image of BPG with a defect: it does not start from a file in which a job's variable is called `POISON`."""
ECHOING = f"{IMAGE}/echoing"
"""Another one that does not start, then: it tells why, and quotes what its file says of queue tokens."""
JAR = os.environ.get("BPG_JAR")
TIME_FACTOR = 20.0 if JAR is None else 8.0


def images() -> Mapping[str, Image]:
    """Return the images by name."""
    image = gateway_image(Profile.AWS_PIN) if JAR is None else gateway_jar(Path(JAR).resolve())
    return {IMAGE: image, TOUCHY: touchy(image), ECHOING: echoing(image)}


def touchy(image: Image) -> Image:
    """Return an image that ends at its start where its file has what it cannot take."""

    def launch(around: Surroundings) -> Launch:
        file = around.mounts.locate(FILE)
        if "POISON" in file.read_text():
            raise RefusedError("java.lang.IllegalStateException: POISON")
        return image(around)

    return launch


def echoing(image: Image) -> Image:
    """Return an image that ends at its start where its file has what it cannot take, and quotes from the file."""

    def launch(around: Surroundings) -> Launch:
        text = around.mounts.locate(FILE).read_text()
        if "POISON" in text:
            raise RefusedError(f"IllegalStateException near {text[text.index('queueTokenSOPS') :][:200]}")
        return image(around)

    return launch
