"""Functions of the tests' own on the deployed stack, to see what a function there may do and is given."""

import io
import json
import threading
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from tools.operate.stack import Stack


def add_function(stack: Stack, name: str, code: str, *, like: str, environment: Mapping[str, str] | None = None) -> str:
    """Add a function of this code with the role, layers and environment of another. Returns its ARN."""
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    model = functions.get_function_configuration(FunctionName=stack.resources[like])
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", code)
    return functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=model["Role"],
        Layers=[layer["Arn"] for layer in model.get("Layers", []) if "Arn" in layer],
        Environment={"Variables": {**model.get("Environment", {}).get("Variables", {}), **(environment or {})}},
        Timeout=30,
        Code={"ZipFile": package.getvalue()},
    )["FunctionArn"]


def invoke(stack: Stack, name: str, event: Any) -> Any:
    """What the function answers."""
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    return json.load(functions.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"])


def add_route(stack: Stack, path: str, function_arn: str) -> None:
    """Serve the function at a path of the API, to everybody."""
    gateway = stack.session.client("apigatewayv2", endpoint_url=stack.endpoint_url)
    api_id = stack.resources["Api"]
    integration = gateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
    )
    gateway.create_route(ApiId=api_id, RouteKey=f"ANY {path}", Target=f"integrations/{integration['IntegrationId']}")


@contextmanager
def minutes_pass(stack: Stack) -> Generator[None]:
    """What the schedule does every minute, every second."""
    done = threading.Event()

    def advance() -> None:
        while not done.wait(1):
            invoke(stack, stack.resources["AdvanceArchiveFunction"], {})

    thread = threading.Thread(target=advance)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
