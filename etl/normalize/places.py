"""States by code or name, and whether a state fits the city and country that stand beside it."""

import re

from etl.normalize.understood import Understood, doubtful
from etl.normalize.values import text_of

_US = """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky
LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana
NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota
OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas
UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming
PR Puerto Rico|GU Guam|VI Virgin Islands|AS American Samoa|MP Northern Mariana Islands"""
_CANADA = """AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia
NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon"""
# Cities that a state can be checked against: where a place of the name is well known, "-" for none in North America.
_CITIES = """london KY OH ON|paris TX TN KY IL ME ON|berlin CT NH WI MD NJ|rome GA NY|athens GA OH AL TX|moscow ID
dublin CA OH GA|madrid NM|vienna VA WV|cambridge MA MD OH ON|manchester NH CT|birmingham AL MI|oxford MS OH AL
lisbon ME OH|milan MI TN OH|naples FL|venice FL CA|florence SC AL KY OR|sydney NS|melbourne FL|geneva NY IL OH
hamburg NY NJ|edinburgh IN TX|glasgow KY DE|amsterdam NY|brussels -|barcelona -|munich -|zurich -|tokyo -|beijing -
shanghai -|mumbai -|delhi NY LA CA|singapore -|stockholm -|oslo -|copenhagen -|helsinki -|warsaw IN NY|prague OK
budapest -|istanbul -|cairo GA IL|johannesburg -|mexico city -|toronto ON OH|montreal QC|vancouver BC WA|calgary AB
ottawa ON IL KS|los angeles CA|chicago IL|houston TX MS|phoenix AZ|philadelphia PA MS|san antonio TX
san diego CA|dallas TX GA OR|san jose CA|austin TX MN|san francisco CA|seattle WA|denver CO NC PA|boston MA|detroit MI
las vegas NV NM
baltimore MD|milwaukee WI|minneapolis MN KS
new orleans LA|miami FL OK|atlanta GA TX|salt lake city UT|honolulu HI
pittsburgh PA|cincinnati OH|saint louis MO|st. louis MO|st louis MO|tampa FL|brooklyn NY|manhattan NY KS|anchorage AK
boise ID|albuquerque NM|new york NY|new york city NY|buffalo NY WY|rochester NY MN NH|albany NY GA OR"""
_COUNTRIES = {
    "US": frozenset({"us", "usa", "united states", "united states of america", "america"}),
    "CA": frozenset({"ca", "can", "canada"}),
}
# Countries without a region of the same code as a state: elsewhere "WA" or "PA" may well be right.
_NO_SUCH_CODES = frozenset(
    {"uk", "gb", "united kingdom", "great britain", "england", "scotland", "wales", "ireland", "france", "germany"}
)


def _named(text: str) -> dict[str, str]:
    return {part[:2]: part[3:].lower() for part in re.split(r"[|\n]", text)}


_NAMES_US, _NAMES_CANADA = _named(_US), _named(_CANADA)
_CODES = {name: code for names in (_NAMES_US, _NAMES_CANADA) for code, name in names.items()} | {"québec": "QC"}
_CITY = re.compile(r"(.+?)((?: (?:[A-Z]{2}|-))+)")
_STATES_OF_CITY = {
    match[1]: frozenset(match[2].split()) for part in re.split(r"[|\n]", _CITIES) if (match := _CITY.fullmatch(part))
}


def state_code(value: object) -> Understood[str]:
    """Answer the two-letter code, upper case, of a state's name or code; what is no known state stays as written."""
    found = text_of(value)
    if found.value is None:
        return found
    text = found.value
    code = _CODES.get(text.lower()) or text.replace(".", "").upper()
    return Understood(code if len(code) == len("NY") and code.isalpha() else text, found.doubt)


def check_state(city: str | None, state: str | None, country: str | None) -> Understood[None]:
    """Doubt a state that lies elsewhere than the city or the country beside it. Unknown places are not doubted."""
    if state is None:
        return Understood(None)
    if country is not None and not _lies_in(state, country):
        return doubtful("state_city_mismatch", f"{state} is no state of {country}")
    states = _STATES_OF_CITY.get(city.strip().lower()) if city else None
    if states is not None and state not in states and (state in _NAMES_US or state in _NAMES_CANADA):
        return doubtful("state_city_mismatch", f"no {city} is known in {state}")
    return Understood(None)


def _lies_in(state: str, country: str) -> bool:
    name = country.replace(".", "").strip().lower()
    if name in _COUNTRIES["US"]:
        return state in _NAMES_US or state not in _NAMES_CANADA
    if name in _COUNTRIES["CA"]:
        return state in _NAMES_CANADA or state not in _NAMES_US
    return name not in _NO_SUCH_CODES or not (state in _NAMES_US or state in _NAMES_CANADA)
