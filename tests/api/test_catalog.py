"""The catalogue by its doors: with freshness and quality as of now, for whom it is, and its pages."""

import json
from datetime import timedelta

import httpx
from sqlalchemy import Engine, insert, select, text

from backend.analytics.ossie import describe_as_ossie
from backend.warehouse import tables as t
from backend.warehouse.checking import declared_checks, run_checks
from backend.warehouse.monitoring import declared_monitors
from backend.warehouse.profiles import profile_all
from backend.warehouse.quality_results import record_finding
from tests.api.people import Sign, refusal
from tests.shop import open_shop


async def test_the_catalogue_says_how_fresh_and_how_good_each_output_is(
    api: httpx.AsyncClient, sign: Sign, engine: Engine
) -> None:
    shop = open_shop(engine)
    at = shop.now - timedelta(minutes=3)
    with engine.begin() as connection:
        for finding in run_checks(connection, declared_checks(None), at):
            record_finding(connection, finding, began=at, ended=at)
        profile_all(connection, declared_monitors(None)["null_shares"], at)
        mart = {"mart": "product_affinity", "refreshed_at": at, "n_rows": 1, "duration_ms": 1}
        connection.execute(insert(t.mart_refreshes).values(mart))
    product = (await api.get("/v1/catalog", headers=sign("analyst"))).json()
    assert (product["name"], product["published"], product["owner"]) == ("sales_360", True, "sales-analytics")
    outputs = {one["name"]: one for one in product["outputs"]}
    assert outputs["customers"]["quality"]["warned"] == 1
    assert outputs["customers"]["quality"]["failed"] == 0
    assert outputs["product_affinity"]["written_at"].startswith(at.strftime("%Y-%m-%dT%H:%M"))
    one = (await api.get("/v1/catalog/customers", headers=sign("operator"))).json()
    columns = {column["name"]: column for column in one["columns"]}
    assert (columns["state"]["missing_share"], columns["email_id"]["masked"]) == (0.2, True)
    assert "custid" in columns["customer_id"]["lineage"]["from"][0]["spellings"]
    assert {check["check_name"] for check in one["checks"]} >= {"customers_email_form", "customers_gender"}
    refusal(await api.get("/v1/catalog/none", headers=sign("chief")), 404)
    refusal(await api.get("/v1/catalog", headers=sign("ann")), 403)


async def test_diagrams_and_the_ossie_document_are_served(api: httpx.AsyncClient, sign: Sign) -> None:
    assert (await api.get("/v1/catalog/model.ossie.json", headers=sign("chief"))).json() == describe_as_ossie()
    assert (await api.get("/v1/catalog/entities.mmd", headers=sign("chief"))).text.startswith("erDiagram\n")
    assert (await api.get("/v1/catalog/pipeline.mmd", headers=sign("chief"))).text.startswith("flowchart LR\n")


async def test_every_expression_of_the_ossie_document_runs(engine: Engine) -> None:
    (model,) = describe_as_ossie()["semantic_model"]
    sources = {dataset["name"]: dataset["source"] for dataset in model["datasets"]}
    with engine.connect() as connection:
        for dataset in model["datasets"]:
            for field in dataset["fields"]:
                sql = field["expression"]["dialects"][0]["expression"]
                connection.execute(select(text(sql)).select_from(text(dataset["source"])))
        for metric in model["metrics"]:
            name = json.loads(metric["custom_extensions"][0]["data"])["dataset"]
            sql = metric["expression"]["dialects"][0]["expression"]
            connection.execute(select(text(sql)).select_from(text(sources[name])))
