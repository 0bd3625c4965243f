"""The one exception tree of curate.

::

    CurateError              base class; the text of an error is one sentence for people
    ├── ConfigError          curate.toml, the schema or the rules are wrong
    ├── InputError           a source file cannot be read (carries where: file, line, document)
    ├── StoreError           the store is missing, locked, of another format, or inconsistent
    ├── ValidationFailed     the gate refuses a release
    ├── ReleaseError         a release exists already, is unknown, or fails verification
    ├── SystemFailure        the machine cannot go on: disk, rights, memory (command line only)
    │   └── Interrupted      somebody stopped the command
    ├── UnexpectedError      a fault of curate itself (command line only)
    ├── PublishError         a hub for data sets refused, failed or cannot be reached
    ├── ProposerError        a program or language model that proposes spans failed
    └── RemoteError          Doccano refused, failed or cannot be reached
        ├── CredentialsError no credentials, or the server did not accept them
        │   └── NoServer     no Doccano server is configured
        ├── TaskFailed       a background task of Doccano failed or never ended
        ├── DocumentRefused  a document that its project cannot hold; others are not concerned
        └── ServerError      the embedded server cannot be installed, started or stopped

A message says what is wrong and where; ``hint`` says how to fix it. The command line prints
both on one line and exits with 1 (130 where it was stopped); a library user sees an ordinary
exception, and errors of the operating system as they are.
"""

from __future__ import annotations


class CurateError(Exception):
    """Base of every error that curate raises on purpose.

    Args:
        message: what is wrong and where, in one sentence without a final full stop.
        hint: what the reader can do about it, as a sentence or a command; empty if nothing.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = " ".join(message.split())  # a library's message may have several lines
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class ConfigError(CurateError):
    """``curate.toml``, a label schema or a rules file is missing or wrong."""


class InputError(CurateError):
    """A source cannot be read; ``where`` names the file and, where known, the line."""

    def __init__(self, message: str, hint: str = "", where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message, hint)
        self.where = where
        self.finding = " ".join(message.split())  # the message without the place


class StoreError(CurateError):
    """The store is missing, locked, made by another version of curate, or inconsistent."""


class ValidationFailed(CurateError):
    """The gate refuses a release, because a condition is not met; see docs/gate.md."""


class ReleaseError(CurateError):
    """A release exists already, is not known, or does not match its digest."""


class SystemFailure(CurateError):
    """The operating system or Python could not go on: a full disk, no right, too little memory."""


class Interrupted(SystemFailure):
    """Somebody stopped the command by Ctrl-C."""


class UnexpectedError(CurateError):
    """A command failed by a fault of curate itself, or in a way that nobody thought of."""


class PublishError(CurateError):
    """A hub for data sets refused a request, failed, or cannot be reached."""


class ProposerError(CurateError):
    """A program or language model that proposes failed; what it proposed before is kept."""


class RemoteError(CurateError):
    """Doccano refused a request, failed, or cannot be reached."""


class CredentialsError(RemoteError):
    """There are no credentials for the Doccano server, or it did not accept them."""


class NoServer(CredentialsError):
    """No Doccano server is configured."""


class TaskFailed(RemoteError):
    """A background task of the Doccano server failed or did not end in time."""


class DocumentRefused(RemoteError):
    """A Doccano project cannot hold one document as it is; the others are not concerned."""


class ServerError(RemoteError):
    """The embedded Doccano server cannot be installed, started or stopped."""
