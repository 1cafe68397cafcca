"""What a function loads when it starts, from the layer that is deployed: nothing that it has no use for."""

import pytest

from tools.local import cold_start
from tools.project import ROOT

BUILT = ROOT / ".local/e2e/.aws-sam/build"
LAYER, DUCKDB = BUILT / "LedgerLayer/python", BUILT / "DuckDBLayer/python"
FILES = {"get_api_document", "serve_dashboard"}
"""They serve files, and nothing else."""
RECORDERS = {"ingest_litellm", "ingest_traces", "record_calls", "write_waiting_calls"}
EXPORTERS = {"erase_calls", "export_calls", "get_exports", "write_export"}
ARCHIVERS = {"aggregate_section", "archive_changes", "archive_part", "keep_archive", "verify_archive"}
ASKERS = {"get_admin_stats", "get_projects", "get_trends", "query_usage"}
READERS_AND_WRITERS = ARCHIVERS | ASKERS
"""They read or write files of the archive."""
ARCHIVE = ARCHIVERS | {"advance_archive", "open_night", "plan_night", "publish_day"}
WITHOUT_ROUTES = {
    *ARCHIVE,
    *("authorize", "count_calls", "deliver_alerts", "erase_calls", "evaluate_budgets", "ingest_traces"),
    *("reprice_calls", "write_export", "write_waiting_calls"),
}
USERS: dict[str, set[str]] = {
    "boto3": set(cold_start.functions()) - FILES,
    "pydantic": set(cold_start.functions()) - FILES - ARCHIVE - {"authorize", "count_calls"},
    "aws_lambda_powertools.event_handler": set(cold_start.functions()) - FILES - WITHOUT_ROUTES,
    "ledger.calls.call_input": RECORDERS,
    "ledger.pricing.price_list": RECORDERS | {"manage_repricing", "reprice_calls"},
    "ledger.aws.s3": EXPORTERS | READERS_AND_WRITERS | {"deliver_alerts", "publish_day"},
    "duckdb": READERS_AND_WRITERS | {"deliver_alerts", "export_calls", "write_export"},
    "msgspec": ASKERS
    | {
        "archive_part",
        "deliver_alerts",
        "export_calls",
        "ingest_litellm",
        "ingest_traces",
        "verify_archive",
        "write_export",
    },
    "jwt": {"authorize"},
    "cryptography": {"authorize", "deliver_alerts", "manage_channels"},
    "google.protobuf": {"ingest_traces"},
    "genai_prices": set(),  # but when the first call comes that no rate has a price for
}
"""Libraries that take long to load, and the functions that always have a use for them."""
LAYER_OF_DUCKDB = USERS["duckdb"] | {"list_calls"}
"""`list_calls` reads the archive only where counters don't know, and loads DuckDB then."""
CODE = f"import app, sys; print(*(library for library in {list(USERS)} if library in sys.modules))"


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("function", cold_start.functions())
def test_a_function_loads_what_it_uses_and_no_more(function: str) -> None:
    layers = [LAYER, DUCKDB] if function in LAYER_OF_DUCKDB else [LAYER]
    loaded = set(cold_start.run(CODE, ROOT / "functions" / function, *layers).split())
    assert loaded == {library for library, users in USERS.items() if function in users}
