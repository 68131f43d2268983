"""What BPG answers when it does not do what it is asked, in its own words.

Java's exceptions by name and text, because clients see both. Nothing is decided here.
"""

from __future__ import annotations

WEB = "javax.ws.rs.WebApplicationException"
NULL_POINTER = "java.lang.NullPointerException"
NUMBER_FORMAT = "java.lang.NumberFormatException"
OUT_OF_BOUNDS = "java.lang.StringIndexOutOfBoundsException"
KUBERNETES = "io.fabric8.kubernetes.client.KubernetesClientException"
NOT_FOUND = "HTTP 404 Not Found"


class BpgError(Exception):
    """An answer that is no success.

    Args:
        status: HTTP.
        text: Of the exception.
        exception: Its class.
    """

    def __init__(self, status: int, text: str, exception: str = WEB) -> None:
        super().__init__(text)
        self.status, self.text, self.exception = status, text, exception

    @property
    def named(self) -> str:
        """Class and text."""
        return f"{self.exception}: {self.text}"

    def body(self) -> dict[str, object]:
        """Return what BPG's exception mapper writes."""
        return {"code": self.status, "message": self.named}


class UnauthorizedError(BpgError):
    """Nobody that BPG lets in; it is Dropwizard's own answer, whose code is a text."""

    def __init__(self) -> None:
        super().__init__(401, "HTTP 401 Unauthorized.")

    def body(self) -> dict[str, object]:
        """Return what Dropwizard writes."""
        return {"code": "401", "message": self.text}


class KubernetesError(BpgError):
    """What fabric8 throws for a call that an API server refused or did not answer; BPG answers 500.

    Args:
        text: fabric8's.
        answered: The API server's status; None when there was no answer.
    """

    def __init__(self, text: str, answered: int | None = None) -> None:
        super().__init__(500, text, KUBERNETES)
        self.answered = answered


class StartFailureError(Exception):
    """Why BPG does not start from a file: it writes this and ends with status 1.

    Args:
        path: Of the culprit, as Dropwizard writes paths; "" for the file as a whole.
        text: What is wrong.
    """

    def __init__(self, path: str, text: str) -> None:
        super().__init__(text)
        self.path, self.text = path, text


def null(what: str) -> BpgError:
    """Return what a null where none is expected ends in.

    Args:
        what: The null, in words of ours: Java's depend on its version.
    """
    return BpgError(500, f"{what} is null", NULL_POINTER)
