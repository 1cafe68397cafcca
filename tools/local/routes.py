"""The routes of the HTTP API on the emulator.

AWS makes an HTTP API's routes, integrations and authorizers out of the OpenAPI document that SAM writes into the
template; MiniStack makes the API alone. Here they are made out of the same document.
"""

import re
from collections.abc import Mapping
from typing import Any

from tools.operate.stack import Stack

API = "Api"


def create(stack: Stack) -> None:
    """Give the stack's API what its OpenAPI document says."""
    cloudformation = stack.session.client("cloudformation", endpoint_url=stack.endpoint_url)
    gateway = stack.session.client("apigatewayv2", endpoint_url=stack.endpoint_url)
    template: Any = cloudformation.get_template(StackName=stack.name, TemplateStage="Processed")["TemplateBody"]
    document = template["Resources"][API]["Properties"]["Body"]
    api_id = stack.resources[API]
    names = {**stack.resources, "AWS::Partition": "aws", "AWS::Region": gateway.meta.region_name}

    authorizers: dict[str, str] = {}
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        authorizers[name] = gateway.create_authorizer(
            ApiId=api_id,
            Name=name,
            AuthorizerType="REQUEST",
            AuthorizerUri=_resolve(authorizer["authorizerUri"], names),
            AuthorizerPayloadFormatVersion=authorizer["authorizerPayloadFormatVersion"],
            AuthorizerResultTtlInSeconds=authorizer["authorizerResultTtlInSeconds"],
            EnableSimpleResponses=authorizer["enableSimpleResponses"],
            IdentitySource=authorizer["identitySource"],
        )["AuthorizerId"]

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            integration_id = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=_resolve(integration["uri"], names),
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )["IntegrationId"]
            gateway.create_route(
                ApiId=api_id,
                RouteKey=f"{'ANY' if 'any' in method else method.upper()} {path}",
                Target=f"integrations/{integration_id}",
                **_authorization(operation["security"], authorizers),
            )


def _authorization(security: list[dict[str, Any]], authorizers: Mapping[str, str]) -> dict[str, Any]:
    """The route's authorizer; SAM writes `NONE`, which is no scheme, for a route that is open to all."""
    for requirement in security:
        for name in requirement:
            if name in authorizers:
                return {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizers[name]}
    return {}


def _resolve(value: Any, names: Mapping[str, str]) -> str:
    """The text of an intrinsic function. A function's ARN may be its name here: MiniStack takes either."""
    match value:
        case {"Ref": name} | {"Fn::GetAtt": [name, "Arn"]}:
            return names[name]
        case {"Fn::Sub": [text, own]}:
            return _substitute(text, {**names, **{name: _resolve(part, names) for name, part in own.items()}})
        case {"Fn::Sub": text}:
            return _substitute(text, names)
        case _:
            return value


def _substitute(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([\w:]+?)(\.Arn)?\}", lambda found: names[found[1]], text)
