"""What an analyst may not read in a free-form document: who the customer is and how to reach them."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
_HIDDEN = re.compile(
    r"(first|last|middle|full|given|family|maiden)?name|surname|.*phone.*|.*mobile.*|.*email.*|.*street.*"
    r"|address(line)?\d*|(shipping|billing|mailing|home)address|birthdate|dateofbirth"
)


def mask_contact(value: Any) -> Any:
    """Answer the document with names, ways of contact, streets and birth dates replaced by ***.

    Keys are compared without case and punctuation. An object under such a key is looked through, not replaced: its
    city and state stay.
    """
    if isinstance(value, Mapping):
        return {key: _masked(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [mask_contact(element) for element in value]
    return value


def _masked(key: str, member: Any) -> Any:
    if isinstance(member, Mapping):
        return mask_contact(member)
    if _HIDDEN.fullmatch(re.sub(r"[^a-z0-9]", "", key.lower())):
        return None if member is None else MASK
    return mask_contact(member)
