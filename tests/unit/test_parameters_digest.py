"""A parameter that changes reaches the functions: their alias moves to a new version."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_template import FUNCTIONS, ROOT, TEMPLATE, translated
from tools.build import parameters_digest

GIVEN = "Stage=prod RetentionDays=400 CounterFragments=4"


def versions(resources: Mapping[str, Any]) -> dict[str, str]:
    """Returns the logical id of the version that each function's alias points at."""
    aliases = {name: one for name, one in resources.items() if one["Type"] == "AWS::Lambda::Alias"}
    return {name: one["Properties"]["FunctionVersion"]["Fn::GetAtt"][0] for name, one in aliases.items()}


def published(given: str) -> dict[str, str]:
    """Returns the versions of a stack that is built and deployed with these parameters."""
    values = dict(pair.split("=", 1) for pair in given.split())
    return versions(translated(digest=parameters_digest.digest({"prod": given}), stage=values.pop("Stage"), **values))


@pytest.mark.parametrize(
    "changed",
    [
        "RetentionDays=200",
        "CounterFragments=8",
        "JwtRoles=a=admin",
        "JwksUrl=https://id.example.com/keys JwtIssuer=i JwtAudience=a",
        "Tracing=Active",
    ],
)
def test_a_changed_parameter_publishes_a_new_version_of_every_function(changed: str) -> None:
    kept = " ".join(pair for pair in GIVEN.split() if pair.split("=")[0] not in changed)
    before, after = published(GIVEN), published(f"{kept} {changed}")
    assert len(before) == len(FUNCTIONS)
    assert [alias for alias in before if before[alias] == after[alias]] == []


def test_without_a_change_no_version_is_published() -> None:
    assert published(GIVEN) == published(" ".join(reversed(GIVEN.split())))


def test_sam_by_itself_would_publish_none() -> None:
    """It compares the names of parameters. Should SAM learn better, the digest can go."""
    assert versions(translated("prod", RetentionDays="400")) == versions(translated("prod", RetentionDays="200"))


def test_the_digest_is_of_all_environments_and_of_what_is_given_beside_them() -> None:
    digests = [
        parameters_digest.digest({"default": "Stage=dev", "prod": "Stage=prod"}),
        parameters_digest.digest({"default": "Stage=dev", "prod": "Stage=prod RetentionDays=200"}),
        parameters_digest.digest({"default": "Stage=dev RetentionDays=200", "prod": "Stage=prod"}),
        parameters_digest.digest({"default": "Stage=dev", "prod": "Stage=prod"}, "RetentionDays=200"),
    ]
    assert len(set(digests)) == len(digests)


def test_the_configuration_of_this_repository_is_read() -> None:
    assert parameters_digest.configured(ROOT / "samconfig.toml") == {"default": "Stage=dev", "prod": "Stage=prod"}


def test_overrides_may_be_a_list(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text('version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = ["Stage=prod", "RetentionDays=9"]')
    assert parameters_digest.configured(path) == {"prod": "Stage=prod RetentionDays=9"}


def test_the_built_template_has_a_place_for_it(tmp_path: Path) -> None:
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["PARAMETERS_DIGEST"] == "none"
    template = tmp_path / "template.yaml"
    template.write_text("A: 1\nPARAMETERS_DIGEST: none\n")
    parameters_digest.write(template, "0123")
    assert template.read_text() == 'A: 1\nPARAMETERS_DIGEST: "0123"\n'
    with pytest.raises(ValueError, match="no place"):
        parameters_digest.write(template, "4567")
