"""The wire shapes of replication."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.api.schemas import FaultOut


class PushRow(BaseModel):
    """One operation: a state as the phone knew it, and the state that it wants."""

    model_config = ConfigDict(extra="allow")

    assumedMasterState: dict[str, Any] | None = None  # noqa: N815 - RxDB's name
    newDocumentState: dict[str, Any]  # noqa: N815 - RxDB's name
    operation_id: str | None = None
    collection: Literal["customers", "notes", "orders"] | None = None


class PushIn(BaseModel):
    """The rows of a push; a bare list of rows is taken too."""

    rows: list[PushRow]


class Checkpoint(BaseModel):
    """Up to where a reader has seen everything."""

    sequence: int


class SyncDocument(BaseModel):
    """A customer as replication carries it; `_deleted`: not there any more, or not for this reader."""

    model_config = ConfigDict(populate_by_name=True)

    customer_id: str
    revision: int
    updated_at: datetime | None
    store_id: str | None
    associate_id: str | None
    document: dict[str, Any]
    notes: list[dict[str, Any]]
    deleted: bool = Field(alias="_deleted")


class PulledPage(BaseModel):
    """A page; one with fewer documents than asked for was the last for now."""

    documents: list[SyncDocument]
    checkpoint: Checkpoint


class VerdictOut(BaseModel):
    """What became of one row, by its place in the push."""

    index: int
    operation_id: str | None = None
    customer_id: str | None = None
    verdict: Literal["applied", "merged", "conflict", "rejected", "quarantined"]
    revision: int | None = None
    repeated: bool = False
    detail: str | None = None
    errors: list[FaultOut] = []
    disputed: list[str] = []
    conflict_id: str | None = None
    quarantine_id: str | None = None


class Pushed(BaseModel):
    """A verdict for each row, in order; and the state that stands instead of each row that was not taken."""

    verdicts: list[VerdictOut]
    conflicts: list[dict[str, Any]]


class Decision(BaseModel):
    """Which side of a conflict stands, or a document made of both."""

    keep: Literal["mine", "theirs"] | None = None
    document: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.keep is None) == (self.document is None):
            raise ValueError("Give keep or document, one of the two")
        return self


class ConflictOut(BaseModel):
    """Both sides of an edit that clashed, until somebody decides."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    customer_id: str
    store_id: str | None
    author_id: str
    disputed: list[str]
    base: dict[str, Any] | None
    mine: dict[str, Any]
    theirs: dict[str, Any]
    at: datetime
    solved_at: datetime | None
    solved_by: str | None
    solution: str | None


class ConflictList(BaseModel):
    """Undecided conflicts, newest first."""

    items: list[ConflictOut]
    next_cursor: str | None = None


class QuarantinedOut(BaseModel):
    """A row that could not be read, as it was sent."""

    id: str
    row: str
    customer_id: str | None
    detail: str
    errors: list[FaultOut]
    sender: dict[str, Any]
    at: datetime
    replayed_at: datetime | None
    verdict: str | None


class QuarantineList(BaseModel):
    """Rows in quarantine, newest first."""

    items: list[QuarantinedOut]
    next_cursor: str | None = None


class Replayed(BaseModel):
    """A row taken up again, and its verdict."""

    row: QuarantinedOut
    verdict: VerdictOut
