"""The warehouse says what the documents say, cell by cell; where it does not, the very cell is named."""

import random

import pytest
from sqlalchemy import Engine, text

from backend.domain.events import RevisionKind
from etl.reconcile import reconcile
from tests.journals import CUSTOMER, HOMESTEAD
from tests.warehouse.test_ingest import run, write
from tests.warehouse.test_rollups import order

pytestmark = pytest.mark.usefixtures("documents")


async def test_a_loaded_warehouse_equals_its_documents(engine: Engine) -> None:
    draw = random.Random(9)
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    await write(RevisionKind.DOCUMENT, {**HOMESTEAD, "firstname": "Ada"})
    for number in range(12):
        await write(RevisionKind.ORDER, order(draw, number), f"c{number % 3}")
    await run(engine, CUSTOMER, "c0", "c1", "c2")
    await write(RevisionKind.DOCUMENT, {**HOMESTEAD, "firstname": "not loaded yet"})
    found = await reconcile(engine)
    assert (found.n_customers, found.different) == (4, [])
    assert found.n_cells > 300
    assert (await reconcile(engine, n_customers=2)).n_customers == 2


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ("UPDATE customers SET city = 'Boston'", f"customers/{CUSTOMER}/()/city"),
        ("UPDATE orders SET filed_on = filed_on + 1 WHERE order_id = '12920'", f"orders/{CUSTOMER}/12920/filed_on"),
        ("UPDATE customer_history SET old_value = NULL", f"customer_history/{CUSTOMER}/(2, 'first_name')/old_value"),
    ],
)
async def test_a_wrong_cell_is_named(engine: Engine, damage: str, where: str) -> None:
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    await write(RevisionKind.DOCUMENT, {**HOMESTEAD, "firstname": "Ada"})
    await run(engine)
    with engine.begin() as connection:
        connection.execute(text(damage))
    assert (await reconcile(engine)).different == [where]


async def test_a_missing_row_differs_in_every_cell(engine: Engine) -> None:
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    await run(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM orders WHERE order_id = '15122'"))
    found = await reconcile(engine)
    assert {cell.rsplit("/", 1)[0] for cell in found.different} == {f"orders/{CUSTOMER}/15122"}
    assert len(found.different) > 10
