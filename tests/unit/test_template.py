"""What every resource of template.yaml and monitoring.yaml has. A test that fails names the resource at fault."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, cast

import boto3
import cfnlint.decode.cfn_yaml  # pyright: ignore[reportMissingTypeStubs]
import pytest
import samtranslator.translator.translator as sam  # pyright: ignore[reportMissingTypeStubs]

from ledger.core.identity import LEEWAY

HOUR, DAY = 3_600, 86_400
ROOT = Path(__file__).parents[2]


def load(template: str) -> dict[str, Any]:
    """Returns a template of the repository as plain JSON, with intrinsic functions in their long form."""
    return json.loads(json.dumps(cfnlint.decode.cfn_yaml.load(str(ROOT / template))))


TEMPLATE = load("template.yaml")
MONITORING = load("monitoring.yaml")
PASSED: Mapping[str, Any] = TEMPLATE["Resources"]["Monitoring"]["Properties"]["Parameters"]
"""What template.yaml passes to monitoring.yaml, by parameter."""


def inlined(value: Any) -> Any:
    """Returns a part of monitoring.yaml as it would be in template.yaml: with what is passed instead of parameters."""
    match value:
        case {"Ref": str(name)} if name in PASSED:
            return PASSED[name]
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": re.sub(r"\$\{(\w+)\}", lambda match: _in_text(match[1]), text)}
        case dict():
            return {key: inlined(part) for key, part in cast("dict[str, Any]", value).items()}
        case list():
            return [inlined(part) for part in cast("list[Any]", value)]
        case _:
            return value


def _in_text(parameter: str) -> str:
    match PASSED.get(parameter):
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(text)}:
            return text
        case _:
            return f"${{{parameter}}}"


RESOURCES: Mapping[str, Any] = TEMPLATE["Resources"] | inlined(MONITORING["Resources"])
"""The resources of both templates by their logical ids, as if they were in one."""
FUNCTION = TEMPLATE["Globals"]["Function"]

REPLACEABLE = {"IngestionTable"}
"""Tables that hold nothing for long, and nothing that is not elsewhere."""

NO_VALUE = {"Ref": "AWS::NoValue"}

# Open to everybody, without the authorizer.
PLACES = {"GET /", "GET /explore", "GET /budgets", "GET /administration"}
OPEN_ROUTES = PLACES | {"GET /assets/{name}", "GET /openapi.json", "GET /docs"}


def of_type(kind: str) -> list[str]:
    """The logical ids of the resources of a type."""
    return sorted(name for name, resource in RESOURCES.items() if resource["Type"] == kind)


def properties(name: str) -> Mapping[str, Any]:
    return RESOURCES[name].get("Properties", {})


def events(function: str, *kinds: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of these types that invoke a function, by name."""
    for name, event in properties(function).get("Events", {}).items():
        if event["Type"] in kinds:
            yield name, event["Properties"]


def referred(value: Any) -> str:
    """The logical id behind a !Ref or a !GetAtt."""
    target = value.get("Ref") or value.get("Fn::GetAtt")
    assert target, f"{value} is neither !Ref nor !GetAtt"
    return str(listed(target)[0]).partition(".")[0]


def listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def alarms_on(metric: str, dimension: str, resource: str) -> list[str]:
    return [
        alarm
        for alarm in of_type("AWS::CloudWatch::Alarm")
        if properties(alarm).get("MetricName") == metric
        for one in properties(alarm).get("Dimensions", [])
        if one["Name"] == dimension and isinstance(one["Value"], dict) and referred(one["Value"]) == resource
    ]


def shared_policies(function: str) -> list[str]:
    """The logical ids of the managed policies that a function has beside its own statements."""
    return [policy["Ref"] for policy in properties(function).get("Policies", []) if "Ref" in policy]


def statements(function: str) -> Iterator[Mapping[str, Any]]:
    """The statements of all policies of a function."""
    for policy in properties(function).get("Policies", []):
        assert isinstance(policy, Mapping), f"{policy}: write out the actions and the resources instead"
        match cast("Mapping[str, Any]", policy):
            case {"Ref": str(shared)}:
                assert shared in of_type("AWS::IAM::ManagedPolicy"), f"{shared}: a policy of the template"
                yield from properties(shared)["PolicyDocument"]["Statement"]
            case {"Statement": own}:
                yield from own
            case _:
                pytest.fail(f"{policy}: write out the actions and the resources instead")


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLLING_BACK = [referred(alarm) for alarm in FUNCTION["DeploymentPreference"]["Alarms"]]
"""The alarms that take a deployment back, and tell nobody."""
TELLING = [name for name in of_type("AWS::CloudWatch::Alarm") if name not in ROLLING_BACK]
ROUTED = [name for name in FUNCTIONS if any(events(name, "HttpApi"))]
AUTHORIZERS = {
    referred(authorizer["FunctionArn"])
    for api in of_type("AWS::Serverless::HttpApi")
    for authorizer in properties(api)["Auth"]["Authorizers"].values()
}


def imported_by(path: Path) -> set[str]:
    """The modules that a module ever imports, and those that these import, as far as they are the layer's."""
    found: set[str] = set()
    pending = [path]
    while pending:
        for node in ast.walk(ast.parse(pending.pop().read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            else:
                continue
            files = [ROOT / "layers/ledger" / f"{name.replace('.', '/')}.py" for name in names - found]
            pending += [file for file in files if file.exists()]
            found |= names
    return found


STEPS = {
    reference.removesuffix(".Alias")
    for machine in of_type("AWS::Serverless::StateMachine")
    for reference in re.findall(r'"Resource": {"Ref": "(\w+\.Alias)"}', json.dumps(properties(machine)["Definition"]))
}
"""Functions that are steps of a state machine, which waits for them and tries them again."""
ASYNCHRONOUS = [name for name in FUNCTIONS if name not in {*ROUTED, *AUTHORIZERS, *STEPS}]
"""Functions that nobody waits for: their failures have to go somewhere, and somebody has to be told."""
STREAMED = [name for name in FUNCTIONS if any(events(name, "DynamoDB", "Kinesis"))]
QUEUED = [name for name in FUNCTIONS if any(events(name, "SQS"))]
SCHEDULED = [name for name in FUNCTIONS if any(events(name, "ScheduleV2", "Schedule"))]
QUEUES = of_type("AWS::SQS::Queue")
CONSUMED = {referred(event["Queue"]) for name in QUEUED for _, event in events(name, "SQS")}
DEAD_LETTERS = [name for name in QUEUES if name not in CONSUMED]


class TestFunctions:
    def test_every_folder_of_functions_is_a_function(self) -> None:
        folders = {f"functions/{path.parent.name}" for path in (ROOT / "functions").glob("*/app.py")}
        assert {properties(name)["CodeUri"] for name in FUNCTIONS} == folders

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_says_what_it_is_for_under_the_name_of_its_folder(self, name: str) -> None:
        assert properties(name)["Description"]
        folder = Path(properties(name)["CodeUri"]).name
        assert name == "".join(word.capitalize() for word in folder.split("_")) + "Function"

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_keeps_what_all_functions_have_in_common(self, name: str) -> None:
        """JSON logs in the one group, with its retention and its alarm on failures; traces; an alias."""
        own = {"LoggingConfig", "Tracing", "Runtime", "Handler", "AutoPublishAlias", "Architectures"}
        assert not own & properties(name).keys(), "leave it to Globals"

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_has_the_layer_of_duckdb_where_it_imports_it_and_nowhere_else(self, name: str) -> None:
        imported = imported_by(ROOT / properties(name)["CodeUri"] / "app.py")
        layers = [{"Ref": "DuckDBLayer"}] if "duckdb" in imported else []
        assert properties(name).get("Layers", []) == layers

    def test_logs_in_json_into_a_group_that_forgets(self) -> None:
        assert FUNCTION["LoggingConfig"]["LogFormat"] == "JSON"
        assert FUNCTION["LoggingConfig"]["SystemLogLevel"] == "INFO", "the alarm on failures reads Lambda's reports"
        for group in of_type("AWS::Logs::LogGroup"):
            assert properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_may_do_only_what_is_named_to_only_what_is_named(self, name: str) -> None:
        for statement in statements(name):
            for action in listed(statement["Action"]):
                assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action), action
                assert action != "dynamodb:Scan", "read by key"
            for resource in listed(statement["Resource"]):
                assert isinstance(resource, Mapping), f"{resource}: refer to a resource of the template"

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_is_allowed_each_thing_once(self, name: str) -> None:
        """A statement that repeats a shared policy would stay when the shared policy loses the right."""
        allowed = [
            (action, json.dumps(resource))
            for statement in statements(name)
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        ]
        assert len(allowed) == len(set(allowed))

    @pytest.mark.parametrize("policy", of_type("AWS::IAM::ManagedPolicy"))
    def test_a_shared_policy_has_several_functions(self, policy: str) -> None:
        assert sum(policy in shared_policies(name) for name in FUNCTIONS) > 1, "put its statements into the function"

    @pytest.mark.parametrize("name", ROUTED)
    def test_answers_before_the_api_gives_up(self, name: str) -> None:
        assert properties(name).get("Timeout", FUNCTION["Timeout"]) < 30


class TestRoutes:
    @pytest.mark.parametrize("function", ROUTED)
    def test_asks_who_it_is(self, function: str) -> None:
        for _, event in events(function, "HttpApi"):
            route = f"{event['Method']} {event['Path']}"
            assert event["ApiId"] == {"Ref": "Api"}
            assert ("Auth" in event) == (route in OPEN_ROUTES), f"{route}: is it in OPEN_ROUTES, and of the template?"

    def test_is_throttled_and_logged(self) -> None:
        api = properties("Api")
        assert api["DefaultRouteSettings"].keys() >= {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
        assert api["AccessLogSettings"]
        assert api["Auth"]["DefaultAuthorizer"]

    def test_access_logs_hold_ids_and_no_more_of_a_person(self) -> None:
        logged = set(re.findall(r"\$context\.([\w.]+)", properties("Api")["AccessLogSettings"]["Format"]))
        assert "requestId" in logged
        assert not {field for field in logged if "identity" in field or field in {"path", "authorizer.refusal"}}

    def test_access_logs_are_json_on_a_line_each(self) -> None:
        log_format = properties("Api")["AccessLogSettings"]["Format"]
        assert "\n" not in log_format, "API Gateway refuses a format of several lines"
        fields = json.loads(log_format)
        assert all(re.fullmatch(r"\$context\.[\w.]+", variable) for variable in fields.values())

    def test_access_logs_lead_from_an_error_to_the_log_of_its_function(self) -> None:
        fields = json.loads(properties("Api")["AccessLogSettings"]["Format"])
        assert fields["requestId"] == "$context.requestId", "the id in an error's body"
        assert fields["functionRequestId"] == "$context.integration.requestId", "the id that Lambda gave the invocation"
        assert fields["authorizerError"] == "$context.authorizer.error", "why no function was invoked"


class TestOtherOrigins:
    """Pages of other origins, which browsers ask API Gateway about; the emulator doesn't answer them."""

    CORS = properties("Api")["CorsConfiguration"]["Fn::If"][1]
    ORIGINS: Mapping[str, Any] = {"Fn::Split": [",", {"Ref": "AllowedOrigins"}]}

    def test_none_may_call_unless_it_is_named(self) -> None:
        assert properties("Api")["CorsConfiguration"]["Fn::If"] == ["HasOrigins", self.CORS, NO_VALUE]
        assert self.CORS["AllowOrigins"] == self.ORIGINS
        parameter = TEMPLATE["Parameters"]["AllowedOrigins"]
        for origin in ("*", "https://*", "https://a.example/path", "null", "file://x"):
            assert not re.fullmatch(parameter["AllowedPattern"], origin)
        several = "https://usage.example.com,http://localhost:5173"
        for origin in (parameter["Default"], "https://usage.example.com", several):
            assert re.fullmatch(parameter["AllowedPattern"], origin)

    def test_they_may_do_what_the_api_can(self) -> None:
        methods = {event["Method"] for name in ROUTED for _, event in events(name, "HttpApi")}
        assert set(self.CORS["AllowMethods"]) == methods
        assert set(self.CORS["AllowHeaders"]) == {"Authorization", "Content-Type", "Content-Encoding"}
        assert "AllowCredentials" not in self.CORS, "nobody is known by a cookie"

    def test_they_may_read_where_to_go_and_when_to_come_back(self) -> None:
        assert set(self.CORS["ExposeHeaders"]) == {"Location", "Retry-After"}

    def test_they_may_fetch_exports(self) -> None:
        condition, cors, nothing = properties("ExportsBucket")["CorsConfiguration"]["Fn::If"]
        assert (condition, nothing) == ("HasOrigins", NO_VALUE)
        [rule] = cors["CorsRules"]
        assert rule["AllowedOrigins"] == self.ORIGINS
        assert set(rule["AllowedMethods"]) == {"GET", "HEAD"}

    def test_api_gateway_is_given_methods_and_headers_with_the_origins(self) -> None:
        """A condition within AllowOrigins makes SAM drop them, and put an Fn::If where an object must be."""
        origins = "https://usage.example.com,https://admin.example.com"
        api = translated("dev", AllowedOrigins=origins)["Api"]["Properties"]["Body"]
        condition, cors, nothing = api["x-amazon-apigateway-cors"]["Fn::If"]
        assert (condition, nothing) == ("HasOrigins", NO_VALUE)
        assert cors["allowOrigins"] == {"Fn::Split": [",", origins]}
        assert cors["allowMethods"] == self.CORS["AllowMethods"]
        assert cors["allowHeaders"] == self.CORS["AllowHeaders"]


class TestAsynchronousPaths:
    @pytest.mark.parametrize("name", ASYNCHRONOUS)
    def test_is_invoked_by_something_or_keeps_what_fails(self, name: str) -> None:
        """Where others, or a schedule, invoke it without waiting, there is a queue for what it could not do."""
        if name in STREAMED or name in QUEUED:
            return
        destination = properties(name).get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure")
        assert destination, "EventInvokeConfig.DestinationConfig.OnFailure"
        assert referred(destination["Destination"]) in DEAD_LETTERS

    @pytest.mark.parametrize("name", STREAMED)
    def test_of_a_stream_goes_on_past_what_it_cannot_do(self, name: str) -> None:
        for _, event in events(name, "DynamoDB", "Kinesis"):
            assert referred(event["DestinationConfig"]["OnFailure"]["Destination"]) in DEAD_LETTERS
            assert event["MaximumRetryAttempts"] == -1, "an outage is no reason to give a change up"
            assert 22 * HOUR <= event["MaximumRecordAgeInSeconds"] < DAY, "before the stream drops it"
            assert event["BisectBatchOnFunctionError"] is True
            assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert alarms_on("IteratorAge", "FunctionName", name), "an alarm on its IteratorAge"

    @pytest.mark.parametrize("name", QUEUED)
    def test_of_a_queue_is_bounded_and_gives_up_into_another(self, name: str) -> None:
        timeout = properties(name).get("Timeout", FUNCTION["Timeout"])
        for _, event in events(name, "SQS"):
            queue = referred(event["Queue"])
            assert event["ScalingConfig"]["MaximumConcurrency"] >= 2, "a stampede would take all concurrency"
            assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert properties(queue)["VisibilityTimeout"] >= 6 * timeout, "as Lambda's documentation asks"
            assert referred(properties(queue)["RedrivePolicy"]["deadLetterTargetArn"]) in DEAD_LETTERS
            assert alarms_on("ApproximateAgeOfOldestMessage", "QueueName", queue), f"an alarm on the age of {queue}"

    def test_exports_of_everybody_at_once_leave_concurrency_to_requests(self) -> None:
        reserved = properties("WriteExportFunction")["ReservedConcurrentExecutions"]
        assert reserved == {"Fn::If": ["IsProd", 25, NO_VALUE]}

    @pytest.mark.parametrize("name", SCHEDULED)
    def test_of_a_schedule_is_missed_when_it_does_not_run(self, name: str) -> None:
        for _, event in events(name, "ScheduleV2", "Schedule"):
            assert referred(event["DeadLetterConfig"]["Arn"]) in DEAD_LETTERS
            assert event["OmitName"] is True, "the schedule of a second stack would have the same name"
        missing = f"{name.removesuffix('Function')}MissingAlarm"
        assert properties(missing)["TreatMissingData"] == "breaching", f"{missing}, for a run that did not take place"

    @pytest.mark.parametrize("name", [*STREAMED, *QUEUED])
    def test_is_missed_when_there_is_no_concurrency_for_it(self, name: str) -> None:
        assert alarms_on("Throttles", "FunctionName", name), "an alarm on its Throttles"

    @pytest.mark.parametrize("name", DEAD_LETTERS)
    def test_tells_somebody_of_dead_letters(self, name: str) -> None:
        assert alarms_on("ApproximateNumberOfMessagesVisible", "QueueName", name), "an alarm on its messages"
        assert properties(name)["MessageRetentionPeriod"] == 1_209_600, "as long as SQS keeps a message"
        assert RESOURCES[name]["DeletionPolicy"] == "Retain"


class TestStateMachines:
    @pytest.mark.parametrize("name", of_type("AWS::Serverless::StateMachine"))
    def test_nothing_but_texts_is_substituted_in_its_definition(self, name: str) -> None:
        """SAM makes a text of every intrinsic function, and Step Functions refuses a text where a number must be."""
        machine = translated("prod")[name]["Properties"]
        written = json.dumps(machine["DefinitionString"]["Fn::Join"][1])
        substituted = re.findall(r'\\"(\w+)\\": \\"\$\{definition_substitution_\d+\}\\"', written)
        assert set(substituted) == {"Resource"}
        assert len(substituted) == len(machine["DefinitionSubstitutions"])

    @pytest.mark.parametrize("name", of_type("AWS::Serverless::StateMachine"))
    def test_tells_somebody_when_it_fails_or_does_not_run(self, name: str) -> None:
        for metric in ("ExecutionsFailed", "ExecutionsSucceeded"):
            assert alarms_on(metric, "StateMachineArn", name), f"an alarm on {metric}"
        for _, event in events(name, "ScheduleV2"):
            assert referred(event["DeadLetterConfig"]["Arn"]) in DEAD_LETTERS
            assert event["OmitName"] is True, "the schedule of a second stack would have the same name"

    @pytest.mark.parametrize("name", of_type("AWS::Serverless::StateMachine"))
    def test_tries_each_step_again_and_may_invoke_each(self, name: str) -> None:
        tasks = list(_tasks(properties(name)["Definition"]["States"]))
        assert tasks
        assert all(task["Retry"][-1]["ErrorEquals"] == ["States.ALL"] for task in tasks)
        invoked = [
            listed(statement["Resource"])
            for statement in properties(name)["Policies"][0]["Statement"]
            if statement["Action"] == "lambda:InvokeFunction"
        ]
        assert invoked == [[task["Resource"] for task in tasks]]


def _tasks(states: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The tasks among some states, and those in Maps among them."""
    for state in states.values():
        if state["Type"] == "Task":
            yield state
        elif state["Type"] == "Map":
            yield from _tasks(state["ItemProcessor"]["States"])


class TestAlarms:
    @pytest.mark.parametrize("name", TELLING)
    def test_tells_somebody_what_to_do(self, name: str) -> None:
        alarm = properties(name)
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert "TreatMissingData" in alarm
        link = re.search(r": docs/runbook\.md#([\w-]+)$", alarm["AlarmDescription"])
        assert link, "ends with the section of docs/runbook.md that says what to do"
        assert link[1] in set(anchors(ROOT / "docs/runbook.md")), "a heading of docs/runbook.md"

    @pytest.mark.parametrize("name", TELLING)
    def test_is_on_the_dashboard(self, name: str) -> None:
        body = properties("OperationsDashboard")["DashboardBody"]["Fn::Sub"]
        assert f'"${{{name}.Arn}}"' in body, "add it to the first widget of OperationsDashboard"

    @pytest.mark.parametrize("name", QUEUES)
    def test_a_queue_is_on_the_dashboard(self, name: str) -> None:
        body = properties("OperationsDashboard")["DashboardBody"]["Fn::Sub"]
        assert f'"${{{name}.QueueName}}"' in body, "add it to the last widget of OperationsDashboard"

    def test_the_dashboard_is_json(self) -> None:
        body = properties("OperationsDashboard")["DashboardBody"]["Fn::Sub"]
        assert json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]

    def test_gradual_deployment_moves_to_new_versions(self) -> None:
        assert FUNCTION["AutoPublishAliasAllProperties"] is True
        for layer in of_type("AWS::Serverless::LayerVersion"):
            assert properties(layer)["PublishLambdaVersion"] is True


class TestMonitoring:
    """The nested stack of monitoring.yaml."""

    def test_is_deployed_with_the_stack(self) -> None:
        assert properties("Monitoring")["TemplateURL"] == "monitoring.yaml"
        assert not TEMPLATE["Resources"].keys() & MONITORING["Resources"].keys(), "a logical id means one resource"

    def test_receives_what_it_asks_for(self) -> None:
        assert PASSED.keys() == MONITORING["Parameters"].keys()

    @pytest.mark.parametrize("name", sorted(PASSED.keys() - {"MetricNamespace"}))
    def test_a_parameter_stands_for_the_resource_of_its_name(self, name: str) -> None:
        assert referred(PASSED[name]) == name
        assert MONITORING["Parameters"][name]["Description"].endswith(".")
        attribute = {"AWS::SQS::Queue": "QueueName", "AWS::SSM::Parameter": "Value"}.get(RESOURCES[name]["Type"])
        assert PASSED[name] == ({"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name})

    def test_looks_for_metrics_where_functions_count_them(self) -> None:
        namespace = FUNCTION["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        assert PASSED["MetricNamespace"] == namespace


@cache
def translated(stage: str, digest: str = "none", **values: str) -> Mapping[str, Any]:
    """Returns the resources that SAM makes of template.yaml for a stage, a digest of parameters, and parameters."""
    template = json.loads(json.dumps(TEMPLATE))
    for resource in template["Resources"].values():
        for code in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][code] = {"Bucket": "bucket", "Key": "key"}  # as `sam package` has them
    template["Globals"]["Function"]["Environment"]["Variables"]["PARAMETERS_DIGEST"] = digest
    translator = sam.Translator({}, sam.Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    return translator.translate(template, {"Stage": stage, **values})["Resources"]


def needed(value: Any) -> Iterator[str]:
    """The logical ids that a part of a translated template refers to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]} | {"Fn::GetAtt": str(name)}:
            yield name.partition(".")[0]
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            yield from re.findall(r"\$\{(\w+)[.}]", text)
        case dict():
            for key, part in cast("dict[str, Any]", value).items():
                yield from listed(part) if key == "DependsOn" else needed(part)
        case list():
            for part in cast("list[Any]", value):
                yield from needed(part)
        case _:
            pass


class TestTranslated:
    """What CloudFormation receives, once SAM has translated the template."""

    @pytest.mark.parametrize("stage", ["dev", "prod"])
    def test_no_resource_waits_for_itself(self, stage: str) -> None:
        """In prod, an alias waits for the alarms that roll it back, so these can wait for no alias."""
        resources = translated(stage)
        graph = {name: set(needed(resource)) & resources.keys() for name, resource in resources.items()}
        assert graph["Monitoring"], "it waits for what it monitors"
        TopologicalSorter(graph).prepare()

    @pytest.mark.parametrize("stage", ["dev", "prod"])
    def test_what_exists_in_prod_only_is_referred_to_in_prod_only(self, stage: str) -> None:
        resources = translated(stage)
        only_prod = {name for name, one in resources.items() if one.get("Condition") == "IsProd"}
        assert only_prod == set(ROLLING_BACK)
        referring = {name for name, one in resources.items() if only_prod & set(needed(one))}
        assert bool(referring) == (stage == "prod")

    def test_in_dev_functions_are_deployed_at_once(self) -> None:
        assert not any(one["Type"].startswith("AWS::CodeDeploy") for one in translated("dev").values())

    @pytest.mark.parametrize("name", [name for name in FUNCTIONS if shared_policies(name)])
    def test_a_shared_policy_is_attached_to_the_role(self, name: str) -> None:
        attached = translated("dev")[f"{name}Role"]["Properties"]["ManagedPolicyArns"]
        assert [{"Ref": policy} for policy in shared_policies(name)] == [arn for arn in attached if "Ref" in arn]


class TestRollingBack:
    """The alarms of a gradual deployment, as CodeDeploy gets them and CloudWatch evaluates them."""

    def test_each_function_is_rolled_back_by_every_alarm(self) -> None:
        groups = [one for one in translated("prod").values() if one["Type"] == "AWS::CodeDeploy::DeploymentGroup"]
        assert len(groups) == len(FUNCTIONS)
        for group in groups:
            alarms = group["Properties"]["AlarmConfiguration"]["Alarms"]
            assert [alarm["Name"]["Ref"] for alarm in alarms] == ROLLING_BACK

    def test_they_are_no_more_than_codedeploy_and_cloudwatch_take(self) -> None:
        assert len(ROLLING_BACK) <= 10
        for alarm in ROLLING_BACK:
            metrics = translated("prod")[alarm]["Properties"]["Metrics"]
            assert sum("MetricStat" in metric for metric in metrics) <= 10
            assert [metric["Id"] for metric in metrics if metric.get("ReturnData", True)] == ["worst"]

    def test_each_function_is_in_one_of_them(self) -> None:
        watched = [function for alarm in ROLLING_BACK for function in self.ratios(alarm)]
        assert sorted(watched) == FUNCTIONS

    @pytest.mark.parametrize(
        ("failed", "invoked", "rings"),
        [(0, 1, False), (1, 1, True), (1, 20, True), (1, 21, False), (2, 10_000, False), (1_000, 10_000, True)],
    )
    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_a_function_is_seen_however_seldom_it_is_invoked(
        self, function: str, failed: int, invoked: int, rings: bool
    ) -> None:
        """Beside others that are busy and well. A tenth of the invocations are the new version's."""
        [alarm] = [alarm for alarm in ROLLING_BACK if function in self.ratios(alarm)]
        counts = dict.fromkeys(self.ratios(alarm), (0, 1_000_000)) | {function: (failed, invoked)}
        worst = max(errors / invocations for errors, invocations in counts.values())
        assert properties(alarm)["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (worst >= properties(alarm)["Threshold"]) == rings

    def test_what_is_not_invoked_at_all_is_no_failure(self) -> None:
        assert {properties(alarm)["TreatMissingData"] for alarm in ROLLING_BACK} == {"notBreaching"}

    @staticmethod
    def ratios(alarm: str) -> list[str]:
        """The functions of whose ratios an alarm takes the largest."""
        metrics = {metric["Id"]: metric for metric in translated("prod")[alarm]["Properties"]["Metrics"]}
        expression = metrics.pop("worst")["Expression"]
        pairs = re.findall(r"(errors\d) / (invocations\d)", expression)
        assert expression == f"MAX([{', '.join(map(' / '.join, pairs))}])"
        found: list[str] = []
        for pair in pairs:
            of_pair = [metrics.pop(one)["MetricStat"] for one in pair]
            assert [(one["Metric"]["MetricName"], one["Stat"]) for one in of_pair] == [
                ("Errors", "Sum"),
                ("Invocations", "Sum"),
            ]
            [function] = {one["Metric"]["Dimensions"][0]["Value"]["Ref"] for one in of_pair}
            found.append(function)
        assert not metrics
        return found


class TestData:
    @pytest.mark.parametrize("name", sorted({*of_type("AWS::DynamoDB::Table")} - REPLACEABLE))
    def test_a_table_survives_mistakes(self, name: str) -> None:
        table = properties(name)
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["BillingMode"] == "PAY_PER_REQUEST"

    @pytest.mark.parametrize("name", sorted(REPLACEABLE))
    def test_a_table_of_what_may_be_lost_goes_with_the_stack(self, name: str) -> None:
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Delete"
        assert properties(name)["TimeToLiveSpecification"]["Enabled"] is True
        assert "StreamSpecification" not in properties(name)

    @pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
    def test_a_bucket_is_private_and_encrypted(self, name: str) -> None:
        bucket = properties(name)
        assert bucket["BucketEncryption"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        policies = [properties(policy) for policy in of_type("AWS::S3::BucketPolicy")]
        assert any(
            referred(policy["Bucket"]) == name and "aws:SecureTransport" in str(policy["PolicyDocument"])
            for policy in policies
        ), "a policy that refuses what comes without TLS"

    @pytest.mark.parametrize("name", QUEUES)
    def test_a_queue_is_encrypted(self, name: str) -> None:
        assert properties(name)["SqsManagedSseEnabled"] is True

    @pytest.mark.parametrize("name", sorted(RESOURCES))
    def test_is_named_by_the_stack(self, name: str) -> None:
        """A name of its own would keep a second stack out of the account, and a replacement from being made."""
        named = {"TableName", "BucketName", "QueueName", "FunctionName", "LogGroupName", "TopicName", "AlarmName"}
        named |= {"DashboardName", "ManagedPolicyName"}
        given = {key for key in named & properties(name).keys() if isinstance(properties(name)[key], str)}
        assert not given


class TestParameters:
    @pytest.mark.parametrize("name", sorted(TEMPLATE["Parameters"]))
    def test_is_described_and_bounded(self, name: str) -> None:
        parameter = TEMPLATE["Parameters"][name]
        assert parameter["Description"].endswith(".")
        if parameter["Type"] == "Number":
            assert "AllowedValues" in parameter or {"MinValue", "MaxValue"} <= parameter.keys()
        elif parameter["Type"] == "String":
            assert parameter.keys() & {"AllowedValues", "AllowedPattern", "MaxLength"}

    @pytest.mark.parametrize("name", sorted(TEMPLATE["Parameters"]))
    def test_can_be_left_at_its_default(self, name: str) -> None:
        assert "Default" in TEMPLATE["Parameters"][name]


def anchors(document: Path) -> Iterable[str]:
    """What the headings of a Markdown document are linked by."""
    for line in document.read_text().splitlines():
        if line.startswith("#"):
            yield re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).strip().replace(" ", "-")


MADE_BY_THE_LEDGER = {
    "GET /api/user/exports/{id}",
    "GET /api/admin/erasures/{id}",
    "GET /api/admin/reprice/{id}",
    "DELETE /api/admin/keys/{id}",
    "DELETE /api/admin/rates/{id}",
    "DELETE /api/admin/channels/{id}",
    "POST /api/admin/channels/{id}/test",
}
CHOSEN_BY_ADMINISTRATORS = {f"{method} /api/admin/budgets/{{id}}" for method in ("PUT", "GET", "DELETE")}
"""Ids of unreserved characters: `ledger.http.api.PathParameter` refuses the rest."""
READ_ONLY = {"GET /api/user/model-calls/{id}", "GET /assets/{name}"}
"""Texts of others, of unreserved characters too."""


class TestWhoAsks:
    """What an HTTP API does to a path: it decodes it, and ends it at a `?` that was encoded."""

    def test_nothing_that_changes_data_has_free_text_in_its_path(self) -> None:
        named = MADE_BY_THE_LEDGER | CHOSEN_BY_ADMINISTRATORS | READ_ONLY
        assert {route for route in self.routes() if "{" in route} == named

    def test_a_refusal_is_cached_no_longer_than_it_is_surely_true(self) -> None:
        """A token that is refused since it is not valid yet would be accepted LEEWAY before it is."""
        authorizers = TEMPLATE["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"].values()
        assert all(authorizer["Identity"]["ReauthorizeEvery"] <= LEEWAY for authorizer in authorizers)

    def test_an_identity_provider_has_an_issuer_and_an_audience(self) -> None:
        [assertion] = TEMPLATE["Rules"]["AnIdentityProviderHasAnIssuerAndAnAudience"]["Assertions"]
        url, both = assertion["Assert"]["Fn::Or"]
        assert url == {"Fn::Equals": [{"Ref": "JwksUrl"}, ""]}
        given = [condition["Fn::Not"][0]["Fn::Equals"] for condition in both["Fn::And"]]
        assert given == [[{"Ref": "JwtIssuer"}, ""], [{"Ref": "JwtAudience"}, ""]]

    @pytest.mark.parametrize(
        ("mapping", "is_allowed"),
        [
            ("", True),
            ("ledger-admins=admin", True),
            ("a b=viewer,CN=x=recorder,everybody=user", True),
            ("boss=owner", False),
            ("boss=admin,other=owner", False),
            ("boss", False),
            ("=admin", False),
            ("a=admin,", False),
        ],
    )
    def test_an_identity_provider_gives_every_role_but_owner(self, mapping: str, is_allowed: bool) -> None:
        """CloudFormation matches an AllowedPattern with the whole value."""
        pattern = TEMPLATE["Parameters"]["JwtRoles"]["AllowedPattern"]
        assert bool(re.fullmatch(pattern, mapping)) == is_allowed

    @staticmethod
    def routes() -> set[str]:
        events = (
            event for one in TEMPLATE["Resources"].values() for event in one["Properties"].get("Events", {}).values()
        )
        properties = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
        return {f"{route['Method']} {route['Path']}" for route in properties}


@pytest.mark.parametrize("name", ["CallsTable", "CountersTable"])
def test_tables_that_every_call_is_written_to_are_warmed_with_their_indexes_by_a_parameter(name: str) -> None:
    table = translated("prod")[name]["Properties"]
    for one in (table, *table["GlobalSecondaryIndexes"]):
        assert one["WarmThroughput"] == {
            "Fn::If": ["WarmsTables", {"WriteUnitsPerSecond": {"Ref": "WarmWriteUnits"}}, NO_VALUE]
        }
