"""The operations of the API: the routes that the functions declare, with the types of their parameters and bodies."""

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

from aws_lambda_powertools.event_handler.openapi.constants import DEFAULT_OPENAPI_RESPONSE_DESCRIPTION

from ledger.core.identity import Role
from ledger.http.csv_response import CsvResponse
from ledger.http.file_response import FileResponse
from ledger.http.json_response import JsonResponse
from tools.project import ROOT

FUNCTIONS: Final = ROOT / "functions"
TAGS: Final = {
    "Recording": "What gateways write.",
    "Usage": "What was used, what it cost and when.",
    "Budgets": "What may be spent, and what is left of it.",
    "Call log": "The calls themselves.",
    "Administration": "Keys, names, and the state of the counters.",
}
_ADDED_RESPONSES: Final = {"422", "500"}
"""The responses that Powertools describes for every route. This API sends 400 for the one; the other is a defect."""


@dataclass(frozen=True)
class Operation:
    """A method of a path, as API Gateway knows it, and the handler that it leads to.

    `responses` holds the description of each status that the handler declares; empty where it declares none.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    roles: frozenset[Role]
    responses: Mapping[int, str]
    has_quota: bool

    @property
    def content(self) -> Any:
        """The type of the response's body. Raises TypeError if the handler's return type doesn't declare it."""
        for declared in self._responses:
            if get_origin(declared) is JsonResponse:
                return get_args(declared)[0]
        raise TypeError(f"{self.handler.__name__} has to declare the type of its response: -> JsonResponse[…]")

    @property
    def may_be_csv(self) -> bool:
        """Whether the response is CSV where that is asked for."""
        return CsvResponse in self._responses

    @property
    def redirects_with_file(self) -> bool:
        """Whether a redirect to a file has the file as its body, where it is small."""
        return FileResponse in self._responses

    @property
    def _responses(self) -> tuple[Any, ...]:
        declared = inspect.signature(self.handler).return_annotation
        return get_args(declared) if get_origin(declared) is Union else (declared,)

    def parameter(self, kind: type) -> Any:
        """The type of the parameter that is annotated as a Query or a Body."""
        for parameter in inspect.signature(self.handler).parameters.values():
            metadata = getattr(parameter.annotation, "__metadata__", ())
            if any(isinstance(note, kind) for note in metadata):
                return get_args(parameter.annotation)[0]
        return None

    @property
    def tag(self) -> str:
        """The heading under which the document lists it."""
        if self.path.startswith("/api/admin"):
            return "Administration"
        if self.path.startswith(("/api/user/model-calls", "/api/user/exports", "/api/usage/projects/calls")):
            return "Call log"
        if self.path.startswith("/api/budgets"):
            return "Budgets"
        return "Usage" if self.path.startswith(("/api/usage/", "/api/user/")) else "Recording"


def operations() -> Iterator[Operation]:
    """Returns the operations of all functions, ordered by heading, path and method."""
    apps = (_load(path) for path in sorted(FUNCTIONS.glob("*/app.py")) if "Api(" in path.read_text())
    found = [operation for app in apps for operation in _operations(app)]
    tags = list(TAGS)
    return iter(sorted(found, key=lambda one: (tags.index(one.tag), one.path, one.method)))


def _operations(app: Any) -> Iterator[Operation]:
    """Finds the operations of a function in the document that Powertools makes of it; its schemas are not used."""
    described: dict[str, Any] = app.api.get_openapi_schema().model_dump(mode="json", by_alias=True, exclude_none=True)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            # Powertools makes an operation's id of the handler's name, the path and the method.
            name = operation["operationId"].removesuffix(re.sub(r"\W", "_", path) + f"_{method}")
            responses = {
                int(status): response["description"]
                for status, response in operation["responses"].items()
                if status not in _ADDED_RESPONSES and response["description"] != DEFAULT_OPENAPI_RESPONSE_DESCRIPTION
            }
            yield Operation(
                method.upper(),
                path,
                getattr(app, name),
                app.api.roles(method.upper()),
                responses,
                has_quota=app.api.quota is not None,
            )


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_described", path)
    assert spec  # noqa: S101 - the file is there
    assert spec.loader  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
