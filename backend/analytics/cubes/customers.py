"""Customers, as the newest document has them."""

from sqlalchemy import Integer, Numeric, case, cast, func

from backend.analytics.cubes.expressions import age_as_of
from backend.analytics.kinds import Cube, Dimension, Format, Join, Mask, Measure, MemberType, Segment
from backend.warehouse.tables import channels, customers

_C = customers.c
_AGE = age_as_of(_C.birth_date, _C.age)
_CHILDHOOD_ENDS, _YOUNG_UNTIL, _MIDDLE_UNTIL = 18, 35, 50
_AGE_GROUP = case(
    (_AGE.is_(None), None),
    (_AGE < _CHILDHOOD_ENDS, "Under 18"),
    (_AGE <= _YOUNG_UNTIL, "18-35"),
    (_AGE <= _MIDDLE_UNTIL, "36-50"),
    else_="Above 50",
)
# Both names there, or the one that is; NULL where neither is.
_FULL_NAME = func.nullif(func.concat_ws(" ", _C.first_name, _C.last_name), "")


def _plain(name: str, description: str, **more: object) -> Dimension:
    return Dimension(name, _C[name], description, **more)  # type: ignore[arg-type]


CUSTOMERS = Cube(
    name="customers",
    table=customers,
    title="Customers",
    description="One row a customer.",
    store=_C.store_id,
    dimensions=(
        _plain("customer_id", "The customer"),
        _plain("first_name", "Given name", mask=Mask.CONTACT),
        _plain("last_name", "Family name", mask=Mask.CONTACT),
        Dimension("full_name", _FULL_NAME, "First and last name", mask=Mask.CONTACT),
        _plain("gender", "MALE, FEMALE or OTHER"),
        _plain("phone_number", "As written", mask=Mask.CONTACT),
        _plain("email_id", "E-mail address", mask=Mask.CONTACT),
        _plain("birth_date", "Day of birth", type=MemberType.TIME, mask=Mask.CONTACT),
        Dimension("age", _AGE, "Whole years at the time of the query", MemberType.NUMBER),
        Dimension("age_group", _AGE_GROUP, "Under 18, 18-35, 36-50, Above 50; NULL where no age is known"),
        _plain("education_level", "Education"),
        _plain("marital_status", "Marital status"),
        _plain("number_of_children", "Children", type=MemberType.NUMBER),
        _plain("register_date", "Day of registration", type=MemberType.TIME),
        _plain("occupation", "Occupation"),
        Dimension(
            "annual_income",
            _C.annual_income_cents,
            "Yearly income",
            MemberType.NUMBER,
            Format.CURRENCY,
            Mask.INCOME,
        ),
        _plain("hobbies", "Hobbies"),
        _plain("degree_of_loyalty", "Loyalty as the source grades it"),
        _plain("social_class", "Lower, Middle or Upper Class"),
        _plain("mailing_street", "Street", mask=Mask.CONTACT),
        _plain("city", "City"),
        _plain("state", "Two-letter code where it can be told"),
        _plain("country", "Country"),
        _plain("zip_code", "Postal code"),
        _plain("store_id", "The store that looks after the customer"),
        _plain("associate_id", "The associate who looks after the customer"),
        _plain("last_interaction_on", "Day of the last interaction", type=MemberType.TIME),
    ),
    measures=(
        Measure("total_customers", func.count(), "Customers", aggregation="countDistinct"),
        Measure(
            "average_age",
            func.avg(cast(cast(_AGE, Integer), Numeric)),
            "Mean age in whole years at the time of the query; customers of unknown age are left out",
            Format.DECIMAL,
            "avg",
            zero_when_empty=False,
        ),
    ),
    segments=(Segment("loyal_customers", _C.degree_of_loyalty == "Hard Core Loyals", "Graded as hard-core loyal"),),
    joins=(Join("channels", _C.store_id == channels.c.store_id),),
)
