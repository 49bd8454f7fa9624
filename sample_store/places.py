"""Where the shop is: twelve stores in eight regions and two online channels."""

from dataclasses import dataclass
from typing import Any

ONLINE_REGION = "Online"


@dataclass(frozen=True, slots=True)
class Store:
    """One store and the towns whose people come to it. `utc_hours` is the standard time's offset."""

    store_id: str
    city: str
    state: str
    region: str
    street: str
    zip_prefix: str
    area_code: str
    utc_hours: int
    share: float  # of all customers
    towns: tuple[tuple[str, str], ...]  # (town, state)


STORES = (
    Store("S01", "Boston", "MA", "New England", "118 Wexcombe Street", "021", "617", -5, 0.11,
          (("Boston", "MA"), ("Cambridge", "MA"), ("Newton", "MA"), ("Quincy", "MA"))),
    Store("S02", "Burlington", "VT", "New England", "41 Lanternfield Road", "054", "802", -5, 0.05,
          (("Burlington", "VT"), ("Essex", "VT"), ("Stowe", "VT"), ("Plattsburgh", "NY"))),
    Store("S03", "New York", "NY", "Mid-Atlantic", "640 Harrowgate Avenue", "100", "212", -5, 0.15,
          (("New York", "NY"), ("Brooklyn", "NY"), ("Yonkers", "NY"), ("Hoboken", "NJ"), ("Jersey City", "NJ"))),
    Store("S04", "Philadelphia", "PA", "Mid-Atlantic", "27 Tolliver Street", "191", "215", -5, 0.08,
          (("Philadelphia", "PA"), ("Camden", "NJ"), ("Ardmore", "PA"), ("Media", "PA"))),
    Store("S05", "Atlanta", "GA", "Southeast", "302 Peregrine Way", "303", "404", -5, 0.09,
          (("Atlanta", "GA"), ("Decatur", "GA"), ("Marietta", "GA"), ("Roswell", "GA"))),
    Store("S06", "Chicago", "IL", "Great Lakes", "915 Northlight Avenue", "606", "312", -6, 0.11,
          (("Chicago", "IL"), ("Evanston", "IL"), ("Oak Park", "IL"), ("Milwaukee", "WI"))),
    Store("S07", "Minneapolis", "MN", "Upper Midwest", "77 Birchmill Lane", "554", "612", -6, 0.07,
          (("Minneapolis", "MN"), ("Saint Paul", "MN"), ("Edina", "MN"), ("Hudson", "WI"))),
    Store("S08", "Denver", "CO", "Mountain", "1204 Quarry Street", "802", "303", -7, 0.10,
          (("Denver", "CO"), ("Boulder", "CO"), ("Golden", "CO"), ("Aurora", "CO"))),
    Store("S09", "Salt Lake City", "UT", "Mountain", "58 Saltgrass Street", "841", "801", -7, 0.06,
          (("Salt Lake City", "UT"), ("Provo", "UT"), ("Park City", "UT"), ("Ogden", "UT"))),
    Store("S10", "Seattle", "WA", "Pacific Northwest", "233 Cedarwharf Street", "981", "206", -8, 0.07,
          (("Seattle", "WA"), ("Bellevue", "WA"), ("Tacoma", "WA"), ("Kirkland", "WA"))),
    Store("S11", "Portland", "OR", "Pacific Northwest", "19 Fernhollow Street", "972", "503", -8, 0.05,
          (("Portland", "OR"), ("Beaverton", "OR"), ("Vancouver", "WA"), ("Salem", "OR"))),
    Store("S12", "San Francisco", "CA", "California", "480 Fogline Street", "941", "415", -8, 0.06,
          (("San Francisco", "CA"), ("Oakland", "CA"), ("Berkeley", "CA"), ("San Mateo", "CA"))),
)  # fmt: skip

REGIONS = tuple(dict.fromkeys(store.region for store in STORES))

NEAREST = {
    "S01": "S02", "S02": "S01", "S03": "S04", "S04": "S03", "S05": "S04", "S06": "S07",
    "S07": "S06", "S08": "S09", "S09": "S08", "S10": "S11", "S11": "S10", "S12": "S11",
}  # fmt: skip

# How much more than elsewhere a region buys for an interest.
REGIONAL_TASTE = {
    "New England": {"ski": 1.5, "hike": 1.1},
    "Mid-Atlantic": {"city": 1.4, "run": 1.2, "camp": 0.7},
    "Southeast": {"ski": 0.3, "run": 1.3, "family": 1.3},
    "Great Lakes": {"city": 1.2, "train": 1.2},
    "Upper Midwest": {"ski": 1.2, "camp": 1.3},
    "Mountain": {"ski": 2.0, "hike": 1.4, "city": 0.6},
    "Pacific Northwest": {"hike": 1.5, "camp": 1.3, "ski": 1.1},
    "California": {"run": 1.4, "camp": 1.2, "ski": 0.7},
}


def _store_channel(store: Store) -> dict[str, Any]:
    return {
        "store_id": store.store_id,
        "store_name": f"Homestead {store.city}",
        "store_address": f"{store.street}, {store.city}, {store.state} {store.zip_prefix}01",
        "store_contact_email": f"{store.city.lower().replace(' ', '')}@homestead.example",
        "store_contact_phone": f"+1 {store.area_code} 555 01{store.store_id[1:]}",
        "platform_name": None,
        "platform_url": None,
        "country": "US",
        "currency": "USD",
        "channel_type": "Offline",
        "nearest_offline_store": NEAREST[store.store_id],
        "region": store.region,
        "state": store.state,
    }


def _online_channel(store_id: str, name: str, url: str, nearest: str) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "store_name": f"Homestead {name}",
        "store_address": None,
        "store_contact_email": "online@homestead.example",
        "store_contact_phone": "+1 800 555 0199",
        "platform_name": name,
        "platform_url": url,
        "country": "US",
        "currency": "USD",
        "channel_type": "Online",
        "nearest_offline_store": nearest,
        "region": ONLINE_REGION,
        "state": None,
    }


WEB, MOBILE_APP = "W01", "W02"


def make_channels() -> list[dict[str, Any]]:
    """Answer every channel in the shape of the import."""
    return [
        *(_store_channel(store) for store in STORES),
        _online_channel(WEB, "Web Shop", "https://shop.homestead.example", "S03"),
        _online_channel(MOBILE_APP, "Mobile App", "https://app.homestead.example", "S08"),
    ]
