"""How a command ends badly: a text that says what to do, and the exit code of the contract."""

from typing import ClassVar


class CommandError(Exception):
    """The command failed; the text says why and what to do."""

    exit_code: ClassVar[int] = 1


class UnusableInputError(CommandError):
    """The arguments or the input cannot be used; the text names file, line and reason."""

    exit_code: ClassVar[int] = 2
