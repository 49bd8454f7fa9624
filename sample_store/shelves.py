"""The shelves: every subcategory with its prices, sizes, seasons, the people it is for, and what goes with it."""

from dataclasses import dataclass

INTERESTS = ("run", "hike", "ski", "camp", "city", "family", "train")

# Months January to December, 10 = an ordinary month.
_EVEN = (10,) * 12
_WINTER = (24, 18, 9, 3, 1, 1, 1, 2, 5, 12, 22, 26)
_COOL = (16, 13, 10, 7, 4, 3, 3, 5, 10, 15, 18, 19)
_SUMMER = (3, 4, 7, 12, 18, 21, 20, 15, 8, 4, 3, 4)
_TRAIL = (5, 5, 8, 13, 16, 15, 13, 13, 12, 9, 5, 6)
_SPRING = (12, 10, 13, 15, 13, 10, 8, 9, 11, 8, 6, 7)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One subcategory. Prices in whole dollars; `sizes` names a size range; `audience` is M, W, U or K, one each."""

    subcategory: str
    category: str
    noun: str
    styles: int
    low: int
    high: int
    sizes: str
    audience: str
    interests: str
    months: tuple[int, ...]
    aliases: tuple[str, ...] = ()
    popularity: float = 1.0


def _shelves(category: str, *rows: tuple[object, ...]) -> tuple[Shelf, ...]:
    return tuple(Shelf(row[0], category, *row[1:]) for row in rows)  # type: ignore[arg-type]


SHELVES = (
    *_shelves(
        "Footwear",
        ("Hiking Boots", "Hiking Boots", 9, 120, 290, "shoe", "MW", "hike camp", _TRAIL, ("hikers",), 1.6),
        ("Trail Running Shoes", "Trail Runners", 8, 95, 175, "shoe", "MW", "run hike", _TRAIL, ("trail shoes",), 1.5),
        ("Road Running Shoes", "Running Shoes", 9, 85, 190, "shoe", "MW", "run train", _SPRING, ("runners",), 1.9),
        ("Sneakers", "Sneakers", 9, 60, 140, "shoe", "MW", "city family", _EVEN, ("kicks", "trainers"), 2.0),
        ("Sandals", "Sandals", 6, 40, 110, "shoe", "MW", "city hike", _SUMMER, ("flip flops",), 1.2),
        ("Winter Boots", "Winter Boots", 6, 110, 240, "shoe", "MW", "city ski", _WINTER, ("snow boots",), 1.3),
        ("Work Boots", "Work Boots", 4, 130, 220, "shoe", "M", "city", _COOL, (), 0.7),
        ("Kids Shoes", "Kids Shoes", 6, 35, 80, "kids", "K", "family", _EVEN, ("kids sneakers",), 1.3),
        ("Slippers", "Slippers", 4, 30, 75, "shoe", "U", "family city", _WINTER, (), 0.6),
    ),
    *_shelves(
        "Apparel",
        ("T-Shirts", "Tee", 8, 22, 55, "alpha", "MW", "city run train", _SUMMER, ("t shirt", "tees"), 1.5),
        ("Base Layers", "Base Layer", 6, 45, 110, "alpha", "MW", "ski hike", _WINTER, ("thermals", "long johns"), 1.1),
        ("Fleece", "Fleece", 6, 60, 140, "alpha", "MW", "hike camp city", _COOL, ("fleece jacket",), 1.2),
        ("Hiking Pants", "Hiking Pants", 6, 70, 150, "alpha", "MW", "hike camp", _TRAIL, ("trousers",), 1.0),
        ("Running Tights", "Running Tights", 5, 50, 110, "alpha", "MW", "run train", _COOL, ("leggings",), 0.9),
        ("Shorts", "Shorts", 6, 35, 80, "alpha", "MW", "run hike", _SUMMER, (), 1.0),
        ("Flannel Shirts", "Flannel Shirt", 4, 55, 95, "alpha", "MW", "city camp", _COOL, ("flannel",), 0.8),
    ),
    *_shelves(
        "Outerwear",
        ("Rain Jackets", "Rain Jacket", 7, 90, 320, "alpha", "MW", "hike city", _SPRING, ("shell", "rain coat"), 1.3),
        ("Down Jackets", "Down Jacket", 7, 160, 420, "alpha", "MW", "city ski camp", _WINTER, ("puffer", "puffy"), 1.4),
        ("Softshells", "Softshell", 5, 110, 220, "alpha", "MW", "hike ski", _COOL, ("soft shell",), 0.8),
        ("Parkas", "Parka", 4, 220, 520, "alpha", "MW", "city", _WINTER, (), 0.7),
        ("Vests", "Vest", 4, 70, 180, "alpha", "MW", "run city", _COOL, ("gilet",), 0.6),
    ),
    *_shelves(
        "Ski & Snow",
        ("Ski Boots", "Ski Boots", 6, 240, 620, "mondo", "MW", "ski", _WINTER, ("downhill boots",), 1.3),
        ("Skis", "Skis", 6, 380, 900, "none", "U", "ski", _WINTER, ("planks",), 0.9),
        ("Snowboards", "Snowboard", 4, 320, 640, "none", "U", "ski", _WINTER, ("board",), 0.6),
        ("Ski Goggles", "Ski Goggles", 5, 70, 220, "none", "U", "ski", _WINTER, ("goggles",), 1.0),
        ("Ski Helmets", "Ski Helmet", 4, 90, 230, "short", "U", "ski", _WINTER, ("helmet",), 0.8),
        ("Ski Masks", "Ski Mask", 1, 24, 39, "short", "MW", "ski", _WINTER, ("balaclava", "face mask"), 0.8),
        ("Ski Gloves", "Ski Gloves", 5, 55, 160, "short", "MW", "ski", _WINTER, ("ski mitts",), 1.1),
        ("Ski Socks", "Ski Socks", 4, 18, 38, "short", "MW", "ski", _WINTER, (), 1.0),
        ("Ski Wax", "Ski Wax", 4, 9, 28, "none", "U", "ski", _WINTER, ("wax",), 0.7),
        ("Ski Jackets", "Ski Jacket", 5, 210, 520, "alpha", "MW", "ski", _WINTER, (), 1.0),
        ("Ski Pants", "Ski Pants", 5, 140, 320, "alpha", "MW", "ski", _WINTER, ("bibs",), 0.9),
        ("Ski Poles", "Ski Poles", 3, 45, 120, "none", "U", "ski", _WINTER, (), 0.5),
        ("Snowshoes", "Snowshoes", 3, 130, 260, "none", "U", "ski hike", _WINTER, (), 0.4),
    ),
    *_shelves(
        "Camp & Hike",
        ("Tents", "Tent", 6, 180, 560, "none", "U", "camp", _SUMMER, ("2p tent",), 0.8),
        ("Sleeping Bags", "Sleeping Bag", 6, 110, 420, "none", "U", "camp", _TRAIL, ("bag",), 0.8),
        ("Sleeping Pads", "Sleeping Pad", 4, 50, 210, "none", "U", "camp", _TRAIL, ("sleeping mat",), 0.7),
        ("Backpacks", "Backpack", 7, 90, 310, "short", "MW", "hike camp", _TRAIL, ("rucksack",), 1.1),
        ("Daypacks", "Daypack", 5, 50, 130, "none", "U", "city hike", _EVEN, ("day bag",), 1.0),
        ("Stoves", "Stove", 4, 45, 160, "none", "U", "camp", _SUMMER, ("camp stove", "burner"), 0.7),
        ("Cookware", "Cook Set", 4, 30, 110, "none", "U", "camp", _SUMMER, ("mess kit", "pots"), 0.6),
        ("Water Bottles", "Water Bottle", 5, 15, 45, "none", "U", "hike run train", _SUMMER, ("bottle", "flask"), 1.2),
        ("Headlamps", "Headlamp", 4, 28, 95, "none", "U", "camp run", _COOL, ("head torch",), 0.8),
        ("Trekking Poles", "Trekking Poles", 4, 60, 180, "none", "U", "hike", _TRAIL, ("walking poles",), 0.7),
        ("Camp Chairs", "Camp Chair", 3, 40, 130, "none", "U", "camp family", _SUMMER, (), 0.5),
    ),
    *_shelves(
        "Accessories",
        ("Hats", "Beanie", 6, 18, 45, "none", "U", "city ski family", _COOL, ("winter hat", "toque"), 1.0),
        ("Sun Hats", "Sun Hat", 4, 25, 55, "none", "U", "hike family", _SUMMER, ("bucket hat",), 0.6),
        ("Gloves", "Gloves", 5, 20, 70, "short", "MW", "run city", _COOL, ("liners",), 0.8),
        ("Hiking Socks", "Hiking Socks", 5, 14, 30, "short", "MW", "hike camp", _TRAIL, ("wool socks",), 1.2),
        ("Running Socks", "Running Socks", 4, 10, 24, "short", "MW", "run train", _EVEN, (), 1.1),
        ("Sunglasses", "Sunglasses", 5, 45, 190, "none", "U", "city run", _SUMMER, ("shades", "sunnies"), 0.9),
        ("Insoles", "Insoles", 4, 25, 60, "shoe", "U", "run hike", _EVEN, ("footbeds",), 0.7),
        ("Shoe Care", "Shoe Care Kit", 4, 9, 30, "none", "U", "hike city", _EVEN, ("waterproofer", "polish"), 0.6),
    ),
    *_shelves(
        "Nutrition",
        ("Energy Bars", "Energy Bar Box", 5, 16, 36, "none", "U", "run hike camp ski", _EVEN, ("bars",), 1.2),
        ("Energy Gels", "Energy Gels", 4, 14, 32, "none", "U", "run", _EVEN, ("gels",), 0.9),
        ("Electrolytes", "Electrolyte Tabs", 4, 8, 24, "none", "U", "run train", _SUMMER, ("salt tabs",), 0.8),
        ("Trail Meals", "Trail Meal", 5, 9, 16, "none", "U", "camp hike", _TRAIL, ("freeze dried meals",), 0.7),
        ("Trail Mix", "Trail Mix", 4, 7, 18, "none", "U", "hike family", _EVEN, ("gorp",), 0.7),
    ),
)

SIZE_RANGES: dict[str, dict[str, str]] = {
    "shoe": {"M": "7-14", "W": "5-11", "U": "5-13"},
    "alpha": {"M": "S-XXL", "W": "XS-XL", "U": "S-XL"},
    "short": {"M": "S-XL", "W": "S-L", "U": "S-L"},
    "mondo": {"M": "25.5-30.5", "W": "22.5-27.5", "U": "22.5-30.5"},
    "kids": {"K": "10K-5Y"},
    "none": {},
}
SIZES: dict[str, dict[str, tuple[str, ...]]] = {
    "shoe": {"M": ("9", "10", "10.5", "11", "12"), "W": ("6.5", "7", "8", "8.5", "9"), "U": ("8", "9", "10")},
    "alpha": {"M": ("S", "M", "L", "XL", "XXL"), "W": ("S", "M", "L", "XL"), "U": ("S", "M", "L")},
    "short": {"M": ("S", "M", "L", "XL"), "W": ("S", "M", "L"), "U": ("S", "M", "L")},
    "mondo": {"M": ("26.5", "27.5", "28.5"), "W": ("23.5", "24.5", "25.5"), "U": ("24.5", "26.5", "28.5")},
    "kids": {"K": ("11K", "13K", "2Y", "3Y")},
    "none": {},
}

# What is taken along, and how often, when the first is in the basket. The structure that a recommender should find.
COMPANIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "Ski Boots": (("Ski Socks", 0.55), ("Ski Wax", 0.21), ("Ski Masks", 0.16), ("Ski Gloves", 0.16)),
    "Skis": (("Ski Wax", 0.52), ("Ski Poles", 0.47), ("Ski Goggles", 0.20)),
    "Snowboards": (("Ski Goggles", 0.42), ("Ski Helmets", 0.34), ("Ski Wax", 0.26)),
    "Ski Socks": (("Ski Wax", 0.18),),
    "Ski Helmets": (("Ski Goggles", 0.57),),
    "Ski Jackets": (("Ski Pants", 0.49), ("Ski Gloves", 0.29), ("Ski Masks", 0.16)),
    "Hiking Boots": (("Hiking Socks", 0.52), ("Shoe Care", 0.29), ("Insoles", 0.16), ("Trekking Poles", 0.10)),
    "Trail Running Shoes": (("Running Socks", 0.34), ("Energy Gels", 0.23), ("Water Bottles", 0.13)),
    "Road Running Shoes": (("Running Socks", 0.44), ("Insoles", 0.16), ("Energy Gels", 0.13)),
    "Tents": (("Sleeping Pads", 0.42), ("Sleeping Bags", 0.36), ("Headlamps", 0.21), ("Camp Chairs", 0.18)),
    "Sleeping Bags": (("Sleeping Pads", 0.49),),
    "Stoves": (("Cookware", 0.55), ("Trail Meals", 0.47)),
    "Backpacks": (("Water Bottles", 0.34), ("Trekking Poles", 0.18), ("Trail Mix", 0.18)),
    "Down Jackets": (("Hats", 0.31), ("Gloves", 0.26)),
    "Parkas": (("Hats", 0.36), ("Gloves", 0.29)),
    "Rain Jackets": (("Hiking Pants", 0.21),),
    "Running Tights": (("Gloves", 0.18), ("Running Socks", 0.23)),
    "Winter Boots": (("Hats", 0.21), ("Shoe Care", 0.23)),
    "Sneakers": (("Shoe Care", 0.13), ("T-Shirts", 0.16)),
    "Sandals": (("Sun Hats", 0.16), ("Sunglasses", 0.16)),
    "Energy Gels": (("Electrolytes", 0.47),),
    "Energy Bars": (("Trail Mix", 0.29), ("Electrolytes", 0.13)),
    "Trail Meals": (("Energy Bars", 0.36),),
    "Base Layers": (("Ski Socks", 0.23), ("Hats", 0.13)),
    "T-Shirts": (("Shorts", 0.29),),
    "Hiking Pants": (("Hiking Socks", 0.23),),
}

STAPLES = ("Energy Bars", "Energy Gels", "Electrolytes", "Ski Wax", "Trail Mix")
"""What is used up and bought again."""
