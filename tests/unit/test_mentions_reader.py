"""The note reader against a small catalogue: what must be true whatever the rules behind it."""

from datetime import date

import pytest

from backend.domain.ids import ProductId
from backend.domain.mentions import Intent, Mention, NoteContext
from backend.domain.products import CatalogProduct
from etl.mentions import NoteReader

WRITTEN_ON = date(2026, 7, 1)  # a Wednesday


def product(
    product_id: str, name: str, subcategory: str, color: str | None = None, **fields: str | tuple[str, ...] | None
) -> CatalogProduct:
    return CatalogProduct(ProductId(product_id), name, subcategory=subcategory, color=color, **fields)  # type: ignore[arg-type]


CATALOG = [
    product("boots", "Ski Boots", "Ski Boots"),
    product("bars", "Powerbars", "Snacks"),
    product("mask-w", "Ski Mask W", "Ski Masks", "Black", gender="Women", size_range="S-L"),
    product("mask-m", "Ski Mask M", "Ski Masks", "Black", gender="Men", size_range="M-XL"),
    product("ridge-black", "Ridgeline 110", "Ski Boots", "Black", size_range="22.5-30"),
    product("ridge-plum", "Ridgeline 110", "Ski Boots", "Plum", size_range="22.5-30"),
    product("ridge-130", "Ridgeline 130", "Ski Boots", "Black", size_range="22.5-30"),
    product("oven", "Dutch Oven 5 qt", "Dutch Ovens", "Red", aliases=("the dutchie",)),
    product("skillet", "Cast Iron Skillet", "Skillets"),
    product("skillet-steel", "Carbon Steel Skillet", "Skillets"),
]
READER = NoteReader.from_catalog(CATALOG)


def read(text: str, *owned: str) -> list[Mention]:
    context = NoteContext(owned=tuple(ProductId(i) for i in owned))
    return list(READER.read(text, written_on=WRITTEN_ON, context=context).mentions)


def test_finds_the_ski_mask_of_the_homestead_order() -> None:
    [mention] = read("Asked about women's small ski mask")
    assert (mention.start, mention.end, mention.text) == (12, 34, "women's small ski mask")
    assert mention.product_ids == ("mask-w",)
    assert (mention.intent, mention.size, mention.gender) == (Intent.ASKED, "S", "women")


def test_takes_the_boots_for_those_that_the_customer_has() -> None:
    [mention] = read("Ship to my home address for the boots", "boots", "bars")
    assert mention.product_ids == ("boots",)
    assert mention.text.endswith("boots")


def test_reads_shop_shorthand_with_a_rejected_colour_and_a_day() -> None:
    reading = READER.read("blk ridgeline 110s, 26.5, hold til sun. not the plum", written_on=WRITTEN_ON)
    wanted, rejected = reading.mentions
    assert (wanted.product_ids, wanted.intent, wanted.size) == (("ridge-black",), Intent.WANTS, "26.5")
    assert (rejected.text, rejected.product_ids, rejected.intent) == ("plum", ("ridge-plum",), Intent.REJECTED)
    assert reading.follow_up is not None
    assert (reading.follow_up.text, reading.follow_up.due_on) == ("til sun", date(2026, 7, 5))


def test_answers_a_kind_where_several_products_fit() -> None:
    [mention] = read("needs a skillet for sunday")
    assert mention.product_ids == ()
    assert mention.category == "Skillets"


@pytest.mark.parametrize("text", ["do we carry boot dryers?", "wants snowshoes", "nice chat, just browsing", ""])
def test_says_nothing_of_what_the_catalogue_does_not_have(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "written", ["rigdeline 130", "ridgelin 130", "Ridge line 130", "ridgelinee 130", "ridge-line 130"]
)
def test_mends_one_typing_error(written: str) -> None:
    [mention] = read(f"returned {written}, too tight")
    assert mention.product_ids == ("ridge-130",)
    assert mention.intent is Intent.RETURNED


@pytest.mark.parametrize("written", ["cast iron frying pan", "dutchoven", "5qt dutch oven", "dutchie"])
def test_knows_other_words_for_a_product(written: str) -> None:
    [mention] = read(f"bought a {written}")
    assert len(mention.product_ids) == 1
    assert mention.intent is Intent.BOUGHT


TORN = NoteReader.from_catalog(
    [
        product("heron", "Heron Fleece", "Fleece", brand="Heron"),
        product("overland", "Overland Pack", "Backpacks"),
        product("noshow", "No Show Socks", "Socks"),
    ]
)


def named_in(text: str) -> list[str]:
    return [m.text for m in TORN.read(text, written_on=WRITTEN_ON).mentions]


@pytest.mark.parametrize(
    "text", ["call her on friday", "her-on, he said", "flies over land and sea", "no show for her appointment"]
)
def test_joins_no_everyday_words_into_a_name(text: str) -> None:
    assert named_in(text) == []


@pytest.mark.parametrize("name", ["heron fleece", "over land pack", "over-land pack", "no show socks"])
def test_joins_everyday_words_beside_the_rest_of_the_name(name: str) -> None:
    assert named_in(f"wants the {name}, call her on friday") == [name]


@pytest.mark.parametrize("text", ["Loved the ski boots", "She loved the boots", "very happy with the ski boots"])
def test_takes_praise_of_what_the_customer_has_for_no_wish(text: str) -> None:
    [mention] = read(text, "boots")
    assert (mention.product_ids[0], mention.intent) == ("boots", Intent.OWNS)


def test_takes_praise_with_a_wish_for_a_wish() -> None:
    [mention] = read("loved the ski boots and wants another pair", "boots")
    assert mention.intent is Intent.WANTS


def test_takes_praise_of_anything_else_for_a_wish_with_doubt() -> None:
    [praised], [wanted] = read("Loved the ski boots"), read("Wants the ski boots")
    assert (praised.intent, wanted.intent) == (Intent.WANTS, Intent.WANTS)
    assert praised.confidence < wanted.confidence


def test_gives_each_product_its_own_intent() -> None:
    found = {
        m.product_ids[0]: m.intent
        for m in read("returned the cast iron skillet. wants the dutch oven, asked about powerbars")
    }
    assert found == {"skillet": Intent.RETURNED, "oven": Intent.WANTS, "bars": Intent.ASKED}


def test_shares_an_intent_within_a_list() -> None:
    assert [m.intent for m in read("picked up powerbars and a cast iron skillet")] == [Intent.BOUGHT, Intent.BOUGHT]


@pytest.mark.parametrize(
    ("name", "product_id"),
    [
        ("Powerbars", "bars"),
        ("Ski Boots", "boots"),
        ("Ski Mask W", "mask-w"),
        ("powerbar", "bars"),
        ("ski mask w", "mask-w"),
    ],
)
def test_resolves_names_of_products(name: str, product_id: str) -> None:
    resolved = READER.resolve_name(name)
    assert resolved is not None
    assert resolved.product_id == product_id
    assert 0 < resolved.confidence <= 1


@pytest.mark.parametrize("name", ["", "Snowshoes", "🎿", "skillet", "x" * 5000])
def test_resolves_no_name_that_could_mean_several_or_nothing(name: str) -> None:
    assert READER.resolve_name(name) is None


def test_keeps_its_place_beside_emoji_line_breaks_and_combining_characters() -> None:
    text = "🎿🎿 cafe\u0301\r\nwants the ridgeline 130 👍🏽\r\nand powerbars"
    assert [m.text for m in read(text)] == ["ridgeline 130", "powerbars"]
    assert all(text[m.start : m.end] == m.text for m in read(text))


def test_survives_catalogues_with_equal_empty_and_repeated_names() -> None:
    odd = [product(f"same-{i}", "Ski Boots", "Ski Boots") for i in range(100)]
    odd += [product("empty", "", ""), product("blank", " ", " "), product("sign", "!!!", "&"), odd[0]]
    reader = NoteReader.from_catalog(odd)
    assert reader.resolve_name("") is None
    [mention] = reader.read("wants ski boots", written_on=WRITTEN_ON).mentions
    assert mention.product_ids[0].startswith("same-")
    assert NoteReader.from_catalog([]).read("wants ski boots", written_on=WRITTEN_ON).mentions == ()


def test_resolves_a_whole_name_even_where_others_begin_alike() -> None:
    more = [*CATALOG, product("mask", "Ski Mask", "Ski Masks", "Grey", gender="Unisex")]
    resolved = NoteReader.from_catalog(more).resolve_name("Ski Mask")
    assert resolved is not None
    assert (resolved.product_id, resolved.confidence) == ("mask", 1.0)


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("swapped the cast iron skillet for the dutch oven", [Intent.RETURNED, Intent.BOUGHT]),
        ("tried the ridgeline 110, way too stiff", [Intent.REJECTED]),
        ("no thx to powerbars", [Intent.REJECTED]),
        ("not impressed with the dutch oven", [Intent.COMPLAINT]),
        ("my suggestion was the dutch oven", [Intent.SUGGESTED]),
        ("dutch oven on order + powerbars", [Intent.ORDERED, Intent.ORDERED]),
        ("wants powerbars for her dutch oven", [Intent.WANTS, Intent.OWNS]),
    ],
)
def test_tells_what_the_customer_has_to_do_with_it(text: str, intents: list[Intent]) -> None:
    assert [mention.intent for mention in read(text)] == intents


@pytest.mark.parametrize(
    ("text", "due_on"),
    [
        ("repair ready fri 10/7", date(2026, 7, 10)),
        ("ready fri 24/7", date(2026, 7, 24)),
        ("he decides next week tues", date(2026, 7, 7)),
        ("call her a week from today", date(2026, 7, 8)),
        ("will collect xmas eve", date(2026, 12, 24)),
        ("course is on 24 july, call him on the 19th", date(2026, 7, 19)),
        ("sold powerbars today", None),
        ("off trekking from 3 dec", None),
    ],
)
def test_finds_the_day_to_come_back(text: str, due_on: date | None) -> None:
    follow_up = READER.read(text, written_on=WRITTEN_ON).follow_up
    assert (follow_up and follow_up.due_on) == due_on


SPORTS = NoteReader.from_catalog(
    [
        product("fin-navy", "Marlin Swim Fin", "Fins", "Navy", brand="Ottavo"),
        product("fin-green", "Marlin Swim Fin", "Fins", "Green", brand="Ottavo"),
        product("gps-2", "Pilot GPS 2", "GPS Computers"),
        product("gps-3", "Pilot GPS 3", "GPS Computers"),
        product("scale", "BS200 Bathroom Scale", "Scales"),
        product("bell-12", "Kettlebell 12 kg", "Kettlebells"),
        product("bell-16", "Kettlebell 16 kg", "Kettlebells"),
        product("board-12", "Balance Board 12", "Balance Boards"),
        product("case-m", "Nomad Case Medium", "Suitcases"),
        product("case-l", "Nomad Case Large", "Suitcases"),
    ]
)


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("wants a gps2", [("gps-2",)]),
        ("asked about the BS 200", [("scale",)]),
        ("swapped the marlin fin in green for same in navy", [("fin-green",), ("fin-navy",)]),
        ("wants the kettlebell 16, the 12 is too light", [("bell-16",), ("bell-12",)]),
        ("asked about the nomad medium", [("case-m",)]),
    ],
)
def test_tells_products_apart_by_what_was_run_together_or_named_before(
    text: str, products: list[tuple[str, ...]]
) -> None:
    assert [m.product_ids for m in SPORTS.read(text, written_on=WRITTEN_ON).mentions] == products
