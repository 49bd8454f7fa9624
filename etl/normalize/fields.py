"""How fields are spelled: names are compared without case, `_`, `-` and spaces, and each column knows its synonyms."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from etl.normalize.money import cents, whole_cents
from etl.normalize.places import state_code
from etl.normalize.understood import Understood
from etl.normalize.values import day, decimal_number, gender, identifier, long_text, moment, text_of, whole_number

Converter = Callable[[Any], Understood[Any]]
_SHORT = 32


class Field(NamedTuple):
    """A column, how its values are read, and how well a spelling stands for it (0 = best)."""

    column: str
    convert: Converter
    rank: int


@lru_cache(maxsize=8192)
def token(name: str) -> str:
    """Answer the name as it is compared: `first_name`, `First-Name` and `firstName` are all `firstname`."""
    return "".join(character for character in name.casefold() if character.isalnum())


def key(value: Any) -> Understood[str]:
    """Answer an identifier; see `identifier`."""
    return Understood(identifier(value))


@lru_cache(maxsize=64)
def _remembered(convert: Converter) -> Converter:
    """Read a short text once: in a shop the same prices, days, codes and names come again and again (half the time)."""
    read = lru_cache(maxsize=8192)(convert)
    return lambda value: read(value) if type(value) is str and len(value) <= _SHORT else convert(value)


def _fields(*columns: tuple[str, Converter, str]) -> dict[str, Field]:
    return {
        spelling: Field(column, _remembered(convert), rank)
        for column, convert, spellings in columns
        for rank, spelling in enumerate([token(column), *spellings.split()])
    }


CUSTOMER: Mapping[str, Field] = _fields(
    ("customer_id", key, "custid customernumber"),
    ("first_name", text_of, "givenname forename fname namefirst namegiven"),
    ("last_name", text_of, "surname familyname lname namelast namefamily"),
    ("full_name", text_of, "name customername namefull"),
    ("gender", gender, "sex"),
    (
        "phone_number",
        text_of,
        """phone phoneno mobile mobilephone mobilenumber cell cellphone telephone tel localphone homephone phonehome
        phonemobile phones phonenumbers""",
    ),
    ("email_id", text_of, "email emailaddress mail emails"),
    ("birth_date", day, "birthdate dateofbirth dob birthday bornon"),
    ("age", whole_number, "ageyears"),
    ("education_level", text_of, "education"),
    ("marital_status", text_of, ""),
    ("number_of_children", whole_number, "nchildren numchildren childrencount children kids"),
    ("register_date", day, "registrationdate registeredon registeredat customersince membersince joinedon signupdate"),
    ("occupation", text_of, "job jobtitle profession"),
    ("annual_income", cents, "yearlyincome income"),
    ("annual_income_cents", whole_cents, ""),
    ("hobbies", long_text, "hobby interests"),
    ("degree_of_loyalty", text_of, "loyalty loyaltydegree loyaltylevel loyaltytier"),
    ("social_class", text_of, ""),
    ("mailing_street", long_text, "street streetaddress addressline1 addressline address1 street1 addressstreet"),
    ("address_text", long_text, "address mailingaddress homeaddress"),
    ("city", text_of, "town mailingcity"),
    ("state", state_code, "province stateprovince statecode mailingstate"),
    ("country", text_of, "countrycode mailingcountry"),
    ("zip_code", text_of, "zip postalcode postcode zippostalcode mailingzip"),
    (
        "last_interaction_on",
        day,
        """lastinteractiondate lastinteraction lastinteractionat lastcontact lastcontactdate lastseen lastvisit
        lastvisitdate""",
    ),
    ("store_id", key, "store homestore homestoreid preferredstore storenumber"),
    ("associate_id", key, "associate salesassociate salesassociateid"),
)

ORDER: Mapping[str, Field] = _fields(
    ("order_id", key, "ordid id ordernumber orderno number"),
    ("customer_id", key, ""),
    ("status", text_of, "orderstatus state"),
    ("filed_on", day, "filed fileddate date orderedon purchasedon"),
    ("ordered_at", moment, "orderdate orderdatetime placedat placedon createdat timestamp purchasedat"),
    ("store_id", key, "store storenumber"),
    ("associate_id", key, "associate salesassociate salesassociateid soldby"),
    ("currency", text_of, "currencycode"),
    ("amount", cents, "total ordertotal orderamount totalamount"),
    ("amount_cents", whole_cents, ""),
)

PAYMENT: Mapping[str, Field] = _fields(
    ("transaction_id", key, "paymentid"),
    ("transaction_date", moment, "paymentdate paidat paidon"),
    ("transaction_amount", cents, "amountpaid paidamount"),
    ("payment_method", text_of, "payment paymenttype paidby paidwith"),
    ("transaction_type", text_of, ""),
    ("transaction_status", text_of, "paymentstatus"),
    ("order_delivery_date", day, "deliverydate deliveredon deliveredat"),
    ("discounted_amount", cents, "discount discountamount"),
    ("shipping_amount", cents, "shipping shippingcost shippingfee"),
    ("order_total_amount", cents, ""),
    ("discount_percentage", decimal_number, "discountpercent"),
    ("shipping_address", long_text, "shipto"),
    ("billing_address", long_text, "billto"),
    ("promo_code", text_of, "promo promotioncode coupon couponcode"),
    ("shipping_method", text_of, "carrier shippedby"),
    ("skuid", key, "sku"),
)

TRANSACTION: Mapping[str, Field] = {
    **PAYMENT,
    **_fields(
        ("transaction_id", key, "id paymentid"),
        ("customer_id", key, ""),
        ("transaction_date", moment, "date paymentdate paidat paidon"),
        ("transaction_amount", cents, "amount amountpaid paidamount"),
        ("transaction_type", text_of, "type"),
        ("transaction_status", text_of, "status paymentstatus"),
        ("order_id", key, "ordid ordernumber orderno"),
        ("order_status", text_of, ""),
        ("store_id", key, "store storenumber"),
    ),
}

LINE: Mapping[str, Field] = _fields(
    ("product_id", key, "id itemid"),
    ("name", text_of, "productname product item itemname title description"),
    ("skuid", key, "sku"),
    ("quantity", whole_number, "qty units count"),
    ("unit_price", cents, "price unitcost priceeach"),
    ("unit_price_cents", whole_cents, "pricecents"),
    ("discount", cents, "discountamount discountedamount"),
    ("discount_cents", whole_cents, ""),
    ("discount_percentage", decimal_number, "discountpercent"),
    ("amount", cents, "total lineamount linetotal"),
    ("amount_cents", whole_cents, ""),
    ("store_id", key, "store"),
)

OWNED_PRODUCT: Mapping[str, Field] = _fields(
    ("product_id", key, "id"),
    ("name", text_of, "productname product title item description"),
    ("skuid", key, "sku"),
)

NOTE: Mapping[str, Field] = _fields(
    ("note_id", key, "id"),
    ("customer_id", key, ""),
    ("written_at", moment, "writtenon date at createdat timestamp"),
    ("associate_id", key, "associate author"),
    ("store_id", key, "store"),
)

PRODUCT: Mapping[str, Field] = _fields(
    ("productid", key, "id"),
    ("skuid", key, "sku"),
    ("productname", text_of, "name title"),
    ("productcategory", text_of, "category"),
    ("subcategory", text_of, ""),
    ("brand", text_of, "brandname"),
    ("gender", text_of, ""),
    ("price", cents, "unitprice listprice"),
    ("price_cents", whole_cents, ""),
    ("cost", cents, "unitcost"),
    ("cost_cents", whole_cents, ""),
    ("currency", text_of, "currencycode"),
    ("launchdate", day, "launchedon"),
    ("designername", text_of, "designer"),
    ("color", text_of, "colour"),
    ("size", text_of, ""),
    ("size_range", text_of, "sizes"),
    ("model", text_of, "modelname"),
)

CHANNEL: Mapping[str, Field] = _fields(
    ("store_id", key, "id channelid"),
    ("store_name", text_of, "name"),
    ("store_address", long_text, "address"),
    ("store_contact_email", text_of, "email"),
    ("store_contact_phone", text_of, "phone"),
    ("platform_name", text_of, "platform"),
    ("platform_url", long_text, "url"),
    ("country", text_of, "countrycode"),
    ("currency", text_of, "currencycode"),
    ("channel_type", text_of, "type"),
    ("nearest_offline_store", key, ""),
    ("region", text_of, ""),
    ("state", state_code, ""),
)

COMMENTS = frozenset({"comments", "comment", "note", "notes", "remarks", "remark", "message"})
LINES = frozenset({"lines", "items", "orderlines", "lineitems", "products"})
TEXTS = frozenset({"text", "note", "comment", "comments", "body", "message", "content"})
ALIASES = frozenset({"aliases", "alias", "synonyms", "nicknames"})
PRODUCTS = frozenset({"products", "ownedproducts", "productsowned", "productlist"})
ORDERS = frozenset({"orders", "order", "orderhistory", "purchases", "purchasehistory"})
TRANSACTIONS = frozenset({"transactions", "transaction", "payments"})
# Somebody or something else: what stands in there is not the customer's.
OTHERS = frozenset(
    """spouse partner wife husband family familymembers children child kids father mother son daughter friend friends
    emergencycontact referral referredby referrer employer company store homestore preferredstore associate
    salesassociate manager billing billingaddress billto shipping shippingaddress shipto payment paymentmethod card
    creditcard vehicle car pet pets wishlist favorites favourites cart viewed recommended""".split()  # noqa: SIM905
)
# Lists whose first element is the customer's own, and what one element is called.
FIRST_OF = {
    "addresses": "address",
    "address": "address",
    "phones": "phone",
    "phonenumbers": "phone",
    "emails": "email",
    "contacts": "contact",
}
