"""What dlt makes of the same documents; run by `floorbook bench load` in an environment that has dlt, and in no other.

    python dlt_peer.py DOCUMENTS.jsonl POSTGRES_URL FOLDER

Prints the seconds of processor that this process took from the documents in memory to the rows in their tables, and
how many rows those are, as JSON.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path


def main(documents: Path, url: str, folder: str) -> None:
    """Load the documents by a pipeline without a schema of ours: child tables as dlt finds them, COPY of CSV files."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR", "NORMALIZE__WORKERS": "1"}
    dlt = importlib.import_module("dlt")
    records = [json.loads(line) for line in documents.read_bytes().splitlines()]
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=folder, destination=dlt.destinations.postgres(url), dataset_name="dlt_bench"
    )
    wall, processor = time.monotonic(), time.process_time()
    pipeline.run(records, table_name="customers", loader_file_format="csv")
    took = {"cpu_seconds": time.process_time() - processor, "seconds": time.monotonic() - wall}
    with pipeline.sql_client() as client:
        tables = [table for table in pipeline.default_schema.tables if not table.startswith("_dlt")]
        n_rows = sum(client.execute_sql(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables)
    sys.stdout.write(json.dumps({**took, "n_rows": n_rows}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
