"""The stack on restored tables, and the copies of its tables in another region: what CloudFormation is given."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from tests.unit.test_template import TEMPLATE, needed, translated

TABLES = ["Calls", "Counters", "Registry"]
STREAMED = ["Calls", "Counters"]
VAULT = "arn:aws:backup:eu-west-1:123456789012:backup-vault:usage-ledger"


def evaluated(value: Any, conditions: Mapping[str, bool]) -> Any:
    """Returns a part of a template with these conditions decided, and all others as they are."""
    match value:
        case {"Fn::If": [str(name), then, otherwise]} if name in conditions:
            return evaluated(then if conditions[name] else otherwise, conditions)
        case dict():
            parts = cast("dict[str, Any]", value)
            return {key: evaluated(part, conditions) for key, part in parts.items()}
        case list():
            return [evaluated(part, conditions) for part in cast("list[Any]", value)]
        case _:
            return value


def resources(**conditions: bool) -> dict[str, Any]:
    """Returns the resources that there are under these conditions."""
    found = translated("prod").items()
    kept = {name: one for name, one in found if conditions.get(one.get("Condition", ""), True)}
    return {name: evaluated(one, conditions) for name, one in kept.items()}


def users_of(name: str, template: Mapping[str, Any]) -> Iterator[str]:
    for user, resource in template.items():
        if name in needed(resource):
            yield user


@pytest.mark.parametrize("table", TABLES)
def test_everything_refers_to_the_table_in_use(table: str) -> None:
    names = ["Name", "Arn", "Stream"] if table in STREAMED else ["Name", "Arn"]
    variables = {f"{table}{name}" for name in names}
    assert set(users_of(f"{table}Table", translated("prod"))) == variables
    assert "BackupSelection" in set(users_of(f"{table}Arn", translated("prod")))


@pytest.mark.parametrize("table", TABLES)
def test_a_restored_table_takes_the_place_of_the_stacks_own_alone_or_with_others(table: str) -> None:
    """Neither a function nor a policy has any access to the table that was in use before."""
    with_restored = resources(**{f"Owns{table}": False})
    assert f"{table}Table" not in with_restored
    assert not list(users_of(f"{table}Table", with_restored))
    assert {f"{other}Table" for other in TABLES if other != table} < with_restored.keys()
    restored = f"Restored{table}Table"
    assert with_restored[f"{table}Name"]["Properties"]["Value"] == {"Ref": restored}
    arn = with_restored[f"{table}Arn"]["Properties"]["Value"]["Fn::Sub"]
    assert arn == f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{{restored}}}"


def test_the_restored_calls_bring_the_stream_that_is_counted_and_waited_for() -> None:
    stack = resources(OwnsCalls=False)
    assert stack["CallsStream"]["Properties"]["Value"] == {"Ref": "RestoredCallsStream"}
    stream = {"Fn::GetAtt": ["CallsStream", "Value"]}
    mapping = stack["CountCallsFunctionCalls"]["Properties"]
    assert mapping["EventSourceArn"] == stream
    assert mapping["StartingPosition"] == "TRIM_HORIZON", "what is recorded before the mapping is made is counted, too"
    assert stack["OpenNightFunction"]["Properties"]["Environment"]["Variables"]["CALLS_STREAM_ARN"] == stream


def test_the_restored_counters_bring_the_stream_by_which_budgets_are_evaluated() -> None:
    stack = resources(OwnsCounters=False)
    assert stack["CountersStream"]["Properties"]["Value"] == {"Ref": "RestoredCountersStream"}
    mapping = stack["EvaluateBudgetsFunctionCounters"]["Properties"]
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["CountersStream", "Value"]}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_no_longer_in_use_leaves_the_stack_and_stays(table: str) -> None:
    own = TEMPLATE["Resources"][f"{table}Table"]
    assert own["Condition"] == f"Owns{table}"
    assert own["DeletionPolicy"] == "Retain"
    assert TEMPLATE["Conditions"][f"Owns{table}"] == {"Fn::Equals": [{"Ref": f"Restored{table}Table"}, ""]}


@pytest.mark.parametrize("table", STREAMED)
def test_a_restored_table_and_its_stream_need_each_other(table: str) -> None:
    [assertion] = TEMPLATE["Rules"][f"Restored{table}HaveAStream"]["Assertions"]
    is_empty = [{"Fn::Equals": [{"Ref": f"Restored{table}{what}"}, ""]} for what in ("Table", "Stream")]
    neither, both = assertion["Assert"]["Fn::Or"]
    assert neither == {"Fn::And": is_empty}
    assert both == {"Fn::And": [{"Fn::Not": [empty]} for empty in is_empty]}


class TestBackups:
    """Backups of AWS Backup, copied to another region."""

    def test_there_are_none_unless_a_vault_is_named(self) -> None:
        assert TEMPLATE["Parameters"]["BackupCopyVault"]["Default"] == ""
        kinds = {one["Type"] for one in resources(CopiesBackups=False).values()}
        assert not {kind for kind in kinds if kind.startswith("AWS::Backup::")}
        assert "BackupRole" not in resources(CopiesBackups=False)

    @pytest.mark.parametrize(
        ("vault", "is_one"),
        [
            (VAULT, True),
            ("", True),
            (VAULT.replace("arn:aws:", "arn:aws-cn:"), True),
            ("usage-ledger", False),
            (VAULT.replace("backup-vault", "recovery-point"), False),
        ],
    )
    def test_a_vault_is_named_by_its_arn(self, vault: str, is_one: bool) -> None:
        assert bool(re.fullmatch(TEMPLATE["Parameters"]["BackupCopyVault"]["AllowedPattern"], vault)) == is_one

    def test_the_tables_in_use_are_backed_up_every_night_behind_the_nightly_run_and_copied_there(self) -> None:
        stack = resources(CopiesBackups=True)
        [rule] = stack["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
        assert rule["ScheduleExpression"] == "cron(0 2 * * ? *)"
        assert rule["TargetBackupVault"] == {"Ref": "BackupVault"}
        copied = {"DestinationBackupVaultArn": {"Ref": "BackupCopyVault"}, "Lifecycle": {"DeleteAfterDays": 3}}
        assert rule["CopyActions"] == [copied]
        selection = stack["BackupSelection"]["Properties"]
        assert selection["BackupPlanId"] == {"Ref": "BackupPlan"}
        tables = [{"Fn::GetAtt": [f"{table}Arn", "Value"]} for table in TABLES]
        assert selection["BackupSelection"]["Resources"] == tables

    def test_only_aws_backup_has_the_rights_to_back_up_and_restore(self) -> None:
        role = translated("prod")["BackupRole"]["Properties"]
        [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Principal"] == {"Service": "backup.amazonaws.com"}
        assert {policy["Fn::Sub"].rpartition("/")[2] for policy in role["ManagedPolicyArns"]} == {
            "AWSBackupServiceRolePolicyForBackup",
            "AWSBackupServiceRolePolicyForRestores",
        }

    def test_backups_outlive_the_stack(self) -> None:
        assert TEMPLATE["Resources"]["BackupVault"]["DeletionPolicy"] == "Retain"
