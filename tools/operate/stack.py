"""A deployed stack, on the emulator or on AWS, and what its tools ask of it."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import boto3
import httpx

from ledger.access import json_web_tokens
from ledger.core.identity import Role
from tools import lock
from tools.project import ROOT

EMULATOR_REGION: Final = "us-east-1"
EMULATOR_KEY: Final = "test"
"""MiniStack's own root credentials, id and secret alike."""

TOKEN_LIFETIME: Final = 30 * 86_400
RUN: Final = ROOT / ".local/run"
"""The folder of the emulator that `make run` starts."""
STACK_FILE: Final = ROOT / ".local/stack.json"
"""Describes the stack that `make run` serves, while it does."""


@dataclass(frozen=True)
class Stack:
    """A stack by its name: in the emulator at `endpoint_url`, or else on AWS, where the AWS CLI would look for it."""

    name: str
    endpoint_url: str | None = None
    served_at: str | None = None

    @cached_property
    def session(self) -> boto3.Session:
        """For clients of the services: `stack.session.client("dynamodb", endpoint_url=stack.endpoint_url)`."""
        if not self.endpoint_url:
            return boto3.Session()
        return boto3.Session(EMULATOR_KEY, EMULATOR_KEY, region_name=EMULATOR_REGION)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that works on the stack; for an emulator, without the user's AWS settings."""
        if not self.endpoint_url:
            return dict(os.environ)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": EMULATOR_REGION,
            "AWS_ACCESS_KEY_ID": EMULATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": EMULATOR_KEY,
        }

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of its template."""
        cloudformation = self.session.client("cloudformation", endpoint_url=self.endpoint_url)
        (stack,) = cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {output.get("OutputKey", ""): output.get("OutputValue", "") for output in stack.get("Outputs", [])}

    @cached_property
    def resources(self) -> dict[str, str]:
        """The physical ids of its resources, by their names in the template."""
        cloudformation = self.session.client("cloudformation", endpoint_url=self.endpoint_url)
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in pages
            for resource in page["StackResourceSummaries"]
        }

    @property
    def api_url(self) -> str:
        """Where its HTTP API answers."""
        return self.served_at or self.outputs["ApiUrl"]

    def token(self, did: str, role: Role = Role.USER) -> str:
        """A JSON Web Token of this user, signed by the stack's own secret."""
        return json_web_tokens.mint(self._jwt_secret, did, role, lifetime=TOKEN_LIFETIME)

    def create_key(self, name: str, role: Role) -> str:
        """A new API key, made through the API."""
        response = httpx.post(
            f"{self.api_url}/api/admin/keys",
            json={"name": name, "role": role},
            headers={"Authorization": f"Bearer {self.token('local-admin', Role.ADMIN)}"},
            timeout=30,
        )
        if response.is_error:
            raise RuntimeError(f"the API answered {response.status_code}: {response.text}")
        return response.json()["key"]

    @cached_property
    def _jwt_secret(self) -> str:
        secrets = self.session.client("secretsmanager", endpoint_url=self.endpoint_url)
        return secrets.get_secret_value(SecretId=self.outputs["JwtSecretArn"])["SecretString"]


def running_stack() -> Stack:
    """The stack that `make run` serves. Raises RuntimeError where none is running."""
    if lock.holder(RUN) is None or not STACK_FILE.exists():
        raise RuntimeError("no stack is running; `make run` starts one")
    description: dict[str, Any] = json.loads(STACK_FILE.read_text())
    return Stack(description["stackName"], description["awsEndpointUrl"], description["apiUrl"])
