"""What the status of an order says of its sale, in lower case; every reader of a status goes by these."""

CANCELED_STATUSES = ("canceled", "cancelled", "void", "voided")
RETURNED_STATUSES = ("returned", "refunded")
UNSOLD_STATUSES = (*CANCELED_STATUSES, *RETURNED_STATUSES)
