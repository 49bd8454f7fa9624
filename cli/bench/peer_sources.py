"""What one would write instead: the least program of each peer that stores a document and reads it again.

They are texts, run in processes of their own beside ours on the same document store, each with the durability that its
driver has by default (majority, journaled). The port and the store's URL come as arguments.
"""

BARE = """
import sys
import uvicorn
from contextlib import asynccontextmanager
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from pymongo import AsyncMongoClient

port, url = int(sys.argv[1]), sys.argv[2]


class Customer(BaseModel):
    model_config = ConfigDict(extra="allow")
    firstname: str
    lastname: str


@asynccontextmanager
async def lifespan(app):
    async with AsyncMongoClient(url) as client:
        app.state.customers = client["peer_bare"]["customers"]
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/customers/{customer_id}", status_code=201)
async def post(customer_id: str, customer: Customer):
    await app.state.customers.insert_one({"_id": customer_id, **customer.model_dump()})
    return {"customer_id": customer_id}


@app.get("/customers/{customer_id}")
async def get(customer_id: str):
    return await app.state.customers.find_one({"_id": customer_id})


uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")
"""

EXPRESS = """
const express = require("express");
const { MongoClient } = require("mongodb");
const [port, url] = process.argv.slice(2);
const client = new MongoClient(url);
const customers = client.db("peer_express").collection("customers");
const app = express();
app.use(express.json());
app.post("/customers/:id", async (request, response) => {
  await customers.insertOne({ _id: request.params.id, ...request.body });
  response.status(201).json({ customer_id: request.params.id });
});
app.get("/customers/:id", async (request, response) => {
  response.json(await customers.findOne({ _id: request.params.id }));
});
client.connect().then(() => app.listen(Number(port), "127.0.0.1"));
"""

EVE = """
import sys
from eve import Eve
from waitress import serve

port, url = int(sys.argv[1]), sys.argv[2]
settings = {
    "MONGO_URI": url.replace("/?", "/peer_eve?"),
    "DOMAIN": {"customers": {
        "allow_unknown": True, "resource_methods": ["GET", "POST"], "item_url": 'regex("[\\\\w-]+")',
        "schema": {"_id": {"type": "string"}, "firstname": {"type": "string"}, "lastname": {"type": "string"}},
    }},
}
serve(Eve(settings=settings), host="127.0.0.1", port=port, threads=20, _quiet=True)
"""

PARSE = """
const express = require("express");
const { ParseServer } = require("parse-server");
const [port, url] = process.argv.slice(2);
const server = new ParseServer({
  databaseURI: url.replace("/?", "/peer_parse?"),
  serverURL: `http://127.0.0.1:${port}/parse`,
  appId: "peer",
  masterKey: "peer-master",
  allowClientClassCreation: true,
  allowCustomObjectId: true,
  silent: true,
  logLevel: "error",
  encodeParseObjectInCloudFunction: true,
});
server.start().then(() => {
  const app = express();
  app.use("/parse", server.app);
  app.listen(Number(port), "127.0.0.1");
});
"""
