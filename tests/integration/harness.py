"""The functions as Lambda calls them, with real payloads, on tables that moto makes from template.yaml."""

import base64
import importlib.util
import json
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import boto3
import cfnlint.decode.cfn_yaml  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from ledger.access import json_web_tokens
from ledger.aws import clients, dynamodb, invocations, s3, secrets, sqs
from ledger.aws.settings import settings
from ledger.core.identity import Role
from tests.integration import document, expressions, shortcuts

ROOT = Path(__file__).parents[2]
RESOURCES = cast("Mapping[str, Any]", cfnlint.decode.cfn_yaml.load(str(ROOT / "template.yaml"))["Resources"])
TABLES = {
    "CALLS_TABLE": "CallsTable",
    "COUNTERS_TABLE": "CountersTable",
    "REGISTRY_TABLE": "RegistryTable",
    "INGESTION_TABLE": "IngestionTable",
}
QUEUES = {
    "WAITING_CALLS_QUEUE": "WaitingCallsQueue",
    "ROWS_SET_ASIDE_QUEUE": "RowsSetAsideQueue",
    "UNCOUNTED_QUEUE": "UncountedQueue",
    "UNARCHIVED_QUEUE": "UnarchivedQueue",
}
BUCKET, ARCHIVE = "exports", "archive"
PATIENCE = 600.0
"""Seconds in which moto surely writes some calls."""
SECRETS = {
    "JWT_SECRET_ARN": "a-signing-secret-of-more-than-32-bytes",
    "CURSOR_SECRET_ARN": "a-cursor-secret",
    "CHANNELS_SECRET_ARN": "a-sealing-secret",
}
REMEMBERED = (clients.session, dynamodb.client, invocations.client, s3.client, sqs.client, secrets.client, settings)
"""What an execution environment keeps, and the next test must not have."""
_serve = BotocoreStubber.process_request
_SERVING = threading.RLock()


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """An AWS account with the stack's tables, queues and secrets, and the environment of a function in it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("REPRICE_CALLS_FUNCTION", "stack-reprice-calls:live")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "UsageLedger/test")
    monkeypatch.setattr(BotocoreStubber, "process_request", _one_at_a_time)
    shortcuts.take(monkeypatch)
    with mock_aws():
        for variable, logical_id in TABLES.items():
            monkeypatch.setenv(variable, logical_id)
            make_table(logical_id)
        described = boto3.client("dynamodb").describe_table(TableName=TABLES["CALLS_TABLE"])["Table"]
        monkeypatch.setenv("CALLS_STREAM_ARN", described.get("LatestStreamArn", ""))
        manager = boto3.client("secretsmanager")
        for variable, value in SECRETS.items():
            monkeypatch.setenv(variable, manager.create_secret(Name=variable, SecretString=value)["ARN"])
        for variable, logical_id in QUEUES.items():
            monkeypatch.setenv(variable, boto3.client("sqs").create_queue(QueueName=logical_id)["QueueUrl"])
        monkeypatch.setenv("ERASE_CALLS_FUNCTION", "stack-erase-calls:live")
        monkeypatch.setenv("WRITE_EXPORT_FUNCTION", "stack-write-export:live")
        monkeypatch.setenv("EXPORTS_BUCKET", BUCKET)
        monkeypatch.setenv("ARCHIVE_BUCKET", ARCHIVE)
        for bucket in (BUCKET, ARCHIVE):
            boto3.client("s3").create_bucket(Bucket=bucket)
        for remembered in REMEMBERED:
            remembered.cache_clear()
        dynamodb.client().meta.events.register("provide-client-params.dynamodb", _judge)
        yield
    for remembered in REMEMBERED:
        remembered.cache_clear()


def _one_at_a_time(stubber: BotocoreStubber, request: Any) -> Any:
    """What moto reads by key, it makes room for, and walks through that from another thread."""
    with _SERVING:
        return _serve(stubber, request)


def _judge(params: Mapping[str, Any], **_: object) -> None:
    expressions.judge(params)


def make_table(logical_id: str) -> None:
    """A table of the template, as CloudFormation would make it."""
    made = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    properties = RESOURCES[logical_id]["Properties"]
    request = {name: properties[name] for name in made if name in properties}
    for index in request.get("GlobalSecondaryIndexes", []):
        for conditional in ("OnDemandThroughput", "WarmThroughput"):
            index.pop(conditional, None)
    if logical_id == "CallsTable" and (stream := properties.get("StreamSpecification")):  # of Counters, by hand
        request["StreamSpecification"] = {"StreamEnabled": True, **stream}
    boto3.client("dynamodb").create_table(TableName=logical_id, **request)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Api:
    """API Gateway: finds the function of a route in the template, hands it an event with the authorizer's answer."""

    functions: dict[str, ModuleType] = field(default_factory=dict[str, ModuleType])
    jobs: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    positions: dict[str, str] = field(default_factory=dict[str, str])
    """How far each function has come in the stream."""

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        query: Mapping[str, object] | None = None,
        json_body: object = None,
        **event: Any,
    ) -> Answer:
        function, route, parameters = _route(method, path)
        texts = {name: str(value) for name, value in (query or {}).items()}
        request: dict[str, Any] = payload("http")
        request |= {
            "routeKey": f"{method} {route}",
            "rawPath": path,
            "queryStringParameters": texts,
            "rawQueryString": "&".join(f"{name}={value}" for name, value in texts.items()),
            "pathParameters": parameters,
            "body": None if json_body is None else json.dumps(json_body, default=_digits),
        }
        request |= event
        request["headers"] = dict(request["headers"])
        request["requestContext"]["http"] |= {"method": method, "path": path}
        if token is not None:
            request["headers"]["authorization"] = f"Bearer {token}"
        decision = self.handle("authorize", request | {"type": "REQUEST"})
        request["requestContext"]["authorizer"] = {"lambda": decision["context"]}
        answer = self.handle(function, request)
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(answer["body"])
        elif answer.get("headers", {}).get("Content-Type", "").startswith("text/csv"):
            body = answer["body"]
        else:
            body = json.loads(answer["body"], parse_float=Decimal) if answer.get("body") else None
        document.check(method, route, answer["statusCode"], answer.get("headers", {}), answer.get("body", ""))
        return Answer(answer["statusCode"], body, answer.get("headers", {}) | _joined(answer.get("multiValueHeaders")))

    def get(self, path: str, token: str, **query: object) -> Answer:
        return self.request("GET", path, token=token, query=query)

    def record(self, token: str, *calls: Mapping[str, Any]) -> Answer:
        return self.request("POST", "/api/model-calls", token=token, json_body={"calls": calls})

    def run_jobs(self) -> None:
        """Call the functions that others called asynchronously, as Lambda would, with all that follows."""
        while self.jobs:
            self.handle(*self.jobs.pop(0))

    def handle(
        self, function: str, event: Mapping[str, Any], *, seconds: Callable[[], float] = lambda: 900
    ) -> dict[str, Any]:
        """Call a function's handler, loaded in the environment of this test.

        It has these seconds left whenever it asks. What it calls asynchronously is kept for `run_jobs`.
        """
        context = SimpleNamespace(
            function_name=function,
            aws_request_id="invocation",
            invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{function}:live",
            memory_limit_in_mb=1024,
            get_remaining_time_in_millis=lambda: seconds() * 1000,
        )
        with self._taking_jobs():
            return self.module(function).handler(event, context)

    def module(self, function: str) -> Any:
        """The module of a function, loaded in the environment of this test."""
        if function not in self.functions:
            self.functions[function] = _load(function)
        return self.functions[function]

    @contextmanager
    def _taking_jobs(self) -> Generator[None]:
        def before_send(request: Any, **_: object) -> AWSResponse:
            name = unquote(request.url).split("/functions/stack-")[1].split(":")[0].replace("-", "_")
            assert request.headers["X-Amz-Invocation-Type"] == b"Event"
            self.jobs.append((name, json.loads(request.body)))
            return AWSResponse(request.url, 202, {}, BytesIO())  # pyright: ignore[reportArgumentType]

        events = cast("Any", invocations.client().meta.events)
        events.register_first("before-send.lambda.Invoke", before_send)
        try:
            yield
        finally:
            events.unregister("before-send.lambda.Invoke", before_send)


def payload(name: str) -> dict[str, Any]:
    """A copy of an event in events/."""
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def token(did: str = "alice", role: Role | str = Role.USER, *, lifetime: int = 3600) -> str:
    return json_web_tokens.mint(SECRETS["JWT_SECRET_ARN"], did, Role(role), lifetime=lifetime)


def call(**fields: Any) -> dict[str, Any]:
    """A good call of alice's, an hour ago, with some fields other than usual; a field that is None is left out."""
    usual: dict[str, Any] = {
        "userDid": "alice",
        "providerId": "openai",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "callTime": int(time.time()) - 3600,
        "credits": Decimal("0.0125"),
        "usageMetrics": {"inputTokens": 100, "outputTokens": 20},
        "duration": 1.5,
    }
    return {name: value for name, value in (usual | fields).items() if value is not None}


def _route(method: str, path: str) -> tuple[str, str, dict[str, str]]:
    matching: list[tuple[int, str, str, dict[str, str]]] = []
    for resource in RESOURCES.values():
        for event in resource["Properties"].get("Events", {}).values():
            route = event["Properties"].get("Path", "")
            given, wanted = path.split("/"), route.split("/")
            if event["Properties"].get("Method") == method and len(given) == len(wanted):
                pairs = list(zip(given, wanted, strict=True))
                if all(part == name or name.startswith("{") for part, name in pairs):
                    found = {name[1:-1]: part for part, name in pairs if name.startswith("{")}
                    matching.append((len(found), Path(resource["Properties"]["CodeUri"]).name, route, found))
    if not matching:
        raise LookupError(f"no route for {method} {path}")
    return min(matching)[1:]  # a path beats a pattern


def _load(function: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{function}_app", ROOT / "functions" / function / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if recorder := vars(module).get("recorder"):
        vars(module)["recorder"] = replace(recorder, calls=replace(recorder.calls, patience=PATIENCE))
    return module


def _digits(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)


def _joined(headers: Mapping[str, list[str]] | None) -> dict[str, str]:
    return {name: ", ".join(values) for name, values in (headers or {}).items()}
