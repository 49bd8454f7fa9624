"""Run as a script: become the given user, ask to die with the parent, then become the given program.

`launch.py DEATH_SIGNAL PARENT_PID NICENESS USER PROGRAM ARGUMENT...` (USER may be empty). It runs before the program
in the same process, so that the pid that the parent knows is the program's. Only the standard library, only what is
needed: it stands in the way of every start.
"""

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["HOME"] = "/"


def _die_with(parent: int, signal_number: int) -> None:
    """Have the kernel signal this process when its parent is gone, kill -9 included (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask
        sys.exit(1)


def main() -> None:
    signal_number, parent, niceness, user, program, *arguments = sys.argv[1:]
    os.nice(int(niceness))
    if user:
        _become(user)  # before the death signal: the kernel forgets it when the user changes
    _die_with(int(parent), int(signal_number))
    os.execvp(program, [program, *arguments])  # noqa: S606  # the program is the caller's own choice


if __name__ == "__main__":
    main()
