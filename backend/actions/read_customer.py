"""Read a customer's current document, as it was sent."""

from backend.actions.places import require_customer
from backend.documents.journal import Revision, read_document_at
from backend.domain.access import Caller
from backend.domain.errors import NotFoundError
from backend.domain.ids import CustomerId


async def read_customer(caller: Caller, customer_id: CustomerId) -> Revision:
    """Answer the entry that holds the document; raises NotFoundError, out of scope as well."""
    document = await read_document_at(await require_customer(caller, customer_id))
    if document is None:
        raise NotFoundError("There are notes or orders of this customer, but no document yet.")
    return document
