"""The routes that the functions declare, with what each takes and answers by its types."""

import importlib.util
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, get_args, get_origin

from ledger.core.identity import Role
from ledger.http.api import Answer, Api
from tools.project import ROOT

FUNCTIONS: Final = ROOT / "functions"
TAGS: Final = {
    "Recording": "What gateways write.",
    "Usage": "What was used, what it cost and when.",
    "Call log": "The calls themselves.",
    "Administration": "Keys, names, and the state of the counters.",
}


@dataclass(frozen=True)
class Operation:
    """A route of a function: `path` as API Gateway knows it."""

    method: str
    path: str
    handler: Callable[..., Any]
    roles: frozenset[Role]
    responses: Mapping[int, Any]

    @property
    def answer(self) -> Any:
        """The type of the body that it answers. Raises TypeError where its return type doesn't say that."""
        declared = inspect.signature(self.handler).return_annotation
        if get_origin(declared) is not Answer:
            raise TypeError(f"{self.handler.__name__} has to say what it answers: -> Answer[…], see ledger/http.py")
        return get_args(declared)[0]

    def parameter(self, kind: type) -> Any:
        """The type of the parameter that is annotated as a Query or a Body."""
        for parameter in inspect.signature(self.handler).parameters.values():
            metadata = getattr(parameter.annotation, "__metadata__", ())
            if any(isinstance(note, kind) for note in metadata):
                return get_args(parameter.annotation)[0]
        return None

    @property
    def tag(self) -> str:
        """Under which heading it stands."""
        if self.path.startswith("/api/admin"):
            return "Administration"
        if self.path.startswith(("/api/user/model-calls", "/api/user/exports")):
            return "Call log"
        return "Usage" if self.method == "GET" else "Recording"


def operations() -> Iterator[Operation]:
    """The routes of all functions, by path and method."""
    apis = [_load(path).api for path in sorted(FUNCTIONS.glob("*/app.py")) if "Api(" in path.read_text()]
    found = [
        Operation(declared.method, declared.path, declared.handler, api.roles, declared.responses)
        for api in cast("list[Api]", apis)
        for declared in api.operations
    ]
    tags = list(TAGS)
    return iter(sorted(found, key=lambda one: (tags.index(one.tag), one.path, one.method)))


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_described", path)
    assert spec  # noqa: S101 - the file is there
    assert spec.loader  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
