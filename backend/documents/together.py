"""Do together what many ask for at once: while one command is on its way, all who ask wait for the next one.

Who asks alone is served at once. The more ask, the more of them a command serves, so that its cost (the driver's, the
server's, the journal's flush) is shared when it matters, and nobody ever waits for company.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

AskT = TypeVar("AskT")
AnswerT = TypeVar("AnswerT")

MOST_AT_ONCE = 64
"""As many as the server inserts in one transaction of its storage."""


@dataclass(slots=True)
class Together(Generic[AskT, AnswerT]):
    """`work` answers each of several askings in their order, with an exception where it is that one's own fault.

    What `work` raises, everybody of the batch gets. An asking that is given up is done all the same.
    """

    work: Callable[[Sequence[AskT]], Awaitable[Sequence[AnswerT | Exception]]]
    _lines: WeakKeyDictionary[asyncio.AbstractEventLoop, "_Line[AskT, AnswerT]"] = field(
        default_factory=WeakKeyDictionary, init=False
    )

    async def ask(self, asking: AskT) -> AnswerT:
        """Have this one done, alone or with others."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line(self.work)
        return await line.ask(asking)


@dataclass(slots=True)
class _Line(Generic[AskT, AnswerT]):
    """Those who ask in one event loop."""

    work: Callable[[Sequence[AskT]], Awaitable[Sequence[AnswerT | Exception]]]
    _waiting: list[tuple[AskT, asyncio.Future[AnswerT]]] = field(default_factory=list, init=False)
    _working: asyncio.Task[None] | None = field(default=None, init=False)

    async def ask(self, asking: AskT) -> AnswerT:
        """Have this one done, alone or with others."""
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._waiting.append((asking, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while batch := self._waiting[:MOST_AT_ONCE]:
                del self._waiting[:MOST_AT_ONCE]
                await self._answer(batch)
        finally:
            self._working = None

    async def _answer(self, batch: Sequence[tuple[AskT, asyncio.Future[AnswerT]]]) -> None:
        try:
            answers = await self.work([asking for asking, _ in batch])
        except BaseException as error:  # theirs, whatever it is; a cancellation is ours too
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            if not isinstance(error, Exception):
                raise
            return
        for (_, answer), found in zip(batch, answers, strict=True):
            if answer.done():
                continue
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)
