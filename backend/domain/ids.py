"""The names of things: one NewType for each identifier."""

from typing import NewType

AssociateId = NewType("AssociateId", str)
CorrectionId = NewType("CorrectionId", str)
CustomerId = NewType("CustomerId", str)
NoteId = NewType("NoteId", str)
OrderId = NewType("OrderId", str)
ProductId = NewType("ProductId", str)
Region = NewType("Region", str)
Revision = NewType("Revision", int)
StoreId = NewType("StoreId", str)
SuggestionId = NewType("SuggestionId", str)
