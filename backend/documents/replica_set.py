"""A one-node replica set on loopback: what change streams and majority writes ask of a single mongod."""

from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

REPLICA_SET = "rs0"


def ensure_primary(host: str, port: int) -> bool:
    """Answer whether the mongod takes writes; where its set is not made yet, or lives on another port, mend that first.

    Call it until it answers True: an election takes some hundred milliseconds.
    """
    address = f"{host}:{port}"
    try:
        with MongoClient[dict[str, Any]](
            host, port, directConnection=True, serverSelectionTimeoutMS=2_000, socketTimeoutMS=5_000
        ) as client:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _configure(client, address)
    except PyMongoError:  # starting, electing, or recovering: ask again
        return False
    return False


def _configure(client: MongoClient[dict[str, Any]], address: str) -> None:
    config = client.local["system.replset"].find_one()
    if config is None:
        members = [{"_id": 0, "host": address}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    elif config["members"][0]["host"] != address:  # the same data on a new port
        config["members"][0]["host"] = address
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
