"""The nested stack of monitoring.yaml watches the resources that were deployed."""

from dataclasses import replace

import pytest

from tests.unit.test_template import MONITORING, PASSED
from tools.operate.stack import Stack


@pytest.fixture(scope="module")
def monitoring(stack: Stack) -> Stack:
    """The nested stack, by the id that it has in the stack."""
    return replace(stack, name=stack.resources["Monitoring"])


def test_every_alarm_and_the_dashboard_are_deployed(monitoring: Stack) -> None:
    assert monitoring.resources.keys() == MONITORING["Resources"].keys()
    assert all(monitoring.resources.values())


def test_it_watches_what_was_deployed(stack: Stack, monitoring: Stack) -> None:
    cloudformation = stack.session.client("cloudformation", endpoint_url=stack.endpoint_url)
    (nested,) = cloudformation.describe_stacks(StackName=monitoring.name)["Stacks"]
    given = {one.get("ParameterKey", ""): one.get("ParameterValue", "") for one in nested.get("Parameters", [])}
    assert given.keys() == PASSED.keys()
    assert given.pop("MetricNamespace") == f"UsageLedger/{stack.name}"
    for table in ("Calls", "Counters"):
        assert given.pop(f"{table}Name") == stack.outputs[f"{table}TableName"]
    for name, value in given.items():
        physical_id = stack.resources[name]  # a queue's is its URL, which ends with its name
        assert value == (physical_id.rpartition("/")[2] if name.endswith("Queue") else physical_id)


def test_the_output_leads_to_the_dashboard(stack: Stack, monitoring: Stack) -> None:
    dashboard = monitoring.resources["OperationsDashboard"]
    assert stack.outputs["DashboardUrl"].endswith(f"#dashboards/dashboard/{dashboard}")
