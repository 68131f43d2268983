"""Code artifacts: what is at the root of one, and why one cannot be used. It reads bytes, and runs nothing.

Source: MWAA Serverless user guide ("Python and Bash operators"): one `.py`, one `.sh`, or a `.zip` of at most 250 MB
whose modules are at its root.
"""

from __future__ import annotations

import io
import zipfile

from localcloud.aws.serverless.states import Code

ENDINGS = (".py", ".sh", ".zip")
SIZE_LIMIT = 250_000_000


def unusable_key(key: str) -> str:
    """Return what is wrong with an artifact's key, "" when nothing is."""
    return "" if key.endswith(ENDINGS) else f"The code artifact {key} is neither of {', '.join(ENDINGS)}."


def unpacked(key: str, content: bytes) -> Code:
    """Return the snapshot of an artifact; what cannot be unpacked shows when a run begins."""
    name = key.rpartition("/")[2]
    if not key.endswith(".zip"):
        return Code((name,))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        return Code(problem=f"Failed to extract the code package {name}: File is not a zip file")
    if sum(entry.file_size for entry in entries) > SIZE_LIMIT:
        return Code(problem=f"Failed to extract the code package {name}: more than {SIZE_LIMIT} bytes")
    return Code(tuple(sorted({entry.filename.partition("/")[0] for entry in entries})))
