"""A parameter that changes reaches the functions, and one that was not built can't be deployed."""

import importlib
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from cfnlint.decode import cfn_yaml  # pyright: ignore[reportMissingTypeStubs]

from tests.unit.test_template import FUNCTIONS, ROOT, TEMPLATE, translated
from tools.build import parameters
from tools.build.parameters import Values

DEV: Values = {"Stage": "dev"}
PROD: Values = {"Stage": "prod", "RetentionDays": "400", "CounterFragments": "4"}
DEFAULTS: Values = {name: str(one["Default"]) for name, one in TEMPLATE["Parameters"].items()}


def versions(resources: Mapping[str, Any]) -> dict[str, str]:
    """Returns the logical id of the version that each function's alias points at."""
    aliases = {name: one for name, one in resources.items() if one["Type"] == "AWS::Lambda::Alias"}
    return {name: one["Properties"]["FunctionVersion"]["Fn::GetAtt"][0] for name, one in aliases.items()}


def digest(*overrides: Values) -> str:
    return parameters.digest(parameters.deployed(TEMPLATE, overrides))


def published(overrides: Values) -> dict[str, str]:
    """Returns the versions of a stack that is built and deployed with these parameters."""
    values = dict(overrides)
    return versions(translated(digest=digest(overrides), stage=values.pop("Stage"), **values))


def built(directory: Path, *overrides: Values) -> Mapping[str, Any]:
    """Returns the template as it is built for environments with these overrides."""
    path = directory / "template.yaml"
    path.write_text((ROOT / "template.yaml").read_text())
    parameters.fix(path, parameters.deployed(TEMPLATE, overrides))
    return cast("Mapping[str, Any]", cfn_yaml.load(str(path)))


@cache
def engine() -> Any:
    """The emulator's CloudFormation, without the threads that its services start when they are imported.

    They would call what other tests have in place of `time.sleep`.
    """
    with patch.object(threading.Thread, "start"):
        return importlib.import_module("ministack.services.cloudformation.engine")


class TestDigest:
    @pytest.mark.parametrize(
        "changed",
        [
            {"RetentionDays": "200"},
            {"CounterFragments": "8"},
            {"JwtRoles": "a=admin"},
            {"JwksUrl": "https://id.example.com/keys", "JwtIssuer": "i", "JwtAudience": "a"},
            {"Tracing": "Active"},
        ],
        ids=str,
    )
    def test_a_changed_parameter_publishes_a_new_version_of_every_function(self, changed: Values) -> None:
        before, after = published(PROD), published({**PROD, **changed})
        assert len(before) == len(FUNCTIONS)
        assert [alias for alias in before if before[alias] == after[alias]] == []

    def test_without_a_change_no_version_is_published(self) -> None:
        assert published(PROD) == published(dict(reversed(list(PROD.items()))))

    def test_sam_by_itself_would_publish_none(self) -> None:
        """It compares the names of parameters. Should SAM learn better, the digest can go."""
        assert versions(translated("prod", RetentionDays="400")) == versions(translated("prod", RetentionDays="200"))

    def test_it_is_of_the_values_in_all_environments(self) -> None:
        changed = [{**DEV, "RetentionDays": "200"}, PROD], [DEV, {**PROD, "RetentionDays": "200"}]
        assert len({digest(*overrides) for overrides in ([DEV, PROD], *changed)}) == 3
        assert digest(DEV, {"Stage": "prod", "RetentionDays": DEFAULTS["RetentionDays"]}) == digest(
            DEV, {"Stage": "prod"}
        ), "what is written out is the same as its default"


class TestGuard:
    """The rules of a build, as CloudFormation evaluates them: on the emulator's own engine."""

    @staticmethod
    def refused(template: Mapping[str, Any], **values: str) -> str:
        """The reason for which a deployment with these values is refused; empty where it is not."""
        given = {name: {"Value": value} for name, value in {**DEFAULTS, **values}.items()}
        rules = {"Rules": template["Rules"], "Parameters": template["Parameters"]}
        try:
            engine()._evaluate_rules(rules, given, {})
        except ValueError as error:
            return str(error)
        return ""

    @pytest.mark.parametrize("values", [DEV, PROD], ids=["dev", "prod"])
    def test_what_was_built_may_be_deployed(self, tmp_path: Path, values: Values) -> None:
        assert not self.refused(built(tmp_path, DEV, PROD), **values)

    @pytest.mark.parametrize("name", sorted(DEFAULTS.keys() - {"Stage"}))
    def test_a_value_that_was_not_built_may_not(self, tmp_path: Path, name: str) -> None:
        reason = self.refused(built(tmp_path, DEV, PROD), **{**PROD, name: "77"})
        assert f"{name} {parameters.REFUSAL}" in reason

    def test_nor_may_the_value_of_another_stage(self, tmp_path: Path) -> None:
        template = built(tmp_path, {"Stage": "dev", "RetentionDays": "30"}, PROD)
        assert not self.refused(template, Stage="dev", RetentionDays="30")
        assert "RetentionDays" in self.refused(template, Stage="prod", RetentionDays="30")

    def test_nor_may_a_stage_that_was_not_built(self, tmp_path: Path) -> None:
        assert "Stage" in self.refused(built(tmp_path, DEV), Stage="prod")

    def test_the_rules_of_the_template_stay(self, tmp_path: Path) -> None:
        assert TEMPLATE["Rules"].keys() < built(tmp_path, DEV)["Rules"].keys()


class TestFixing:
    def test_a_build_may_be_fixed_to_others(self, tmp_path: Path) -> None:
        once, twice = tmp_path / "once.yaml", tmp_path / "twice.yaml"
        for path in (once, twice):
            path.write_text((ROOT / "template.yaml").read_text())
        parameters.fix(twice, parameters.deployed(TEMPLATE, [DEV, {**PROD, "JwtRoles": "a \\b=admin"}]))
        for path in (once, twice):
            parameters.fix(path, parameters.deployed(TEMPLATE, [DEV, PROD]))
        assert once.read_text() == twice.read_text()
        assert f'PARAMETERS_DIGEST: "{digest(DEV, PROD)}"' in once.read_text()

    def test_a_template_without_a_place_for_them_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "template.yaml"
        path.write_text("Resources: {}\n")
        with pytest.raises(ValueError, match="no place"):
            parameters.fix(path, parameters.deployed(TEMPLATE, [DEV]))


class TestConfiguration:
    def test_that_of_this_repository_is_read(self) -> None:
        assert parameters.configured(ROOT / "samconfig.toml") == {
            "default": {"Stage": "dev"},
            "prod": {"Stage": "prod"},
        }

    @pytest.mark.parametrize(
        "written",
        [
            "'Stage=prod RetentionDays=9 JwtRoles=\"my admins=admin\"'",
            '["Stage=prod", "RetentionDays=9", "JwtRoles=my admins=admin"]',
        ],
    )
    def test_overrides_are_a_text_or_a_list(self, tmp_path: Path, written: str) -> None:
        path = tmp_path / "samconfig.toml"
        path.write_text(f"version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = {written}")
        overrides = {"Stage": "prod", "RetentionDays": "9", "JwtRoles": "my admins=admin"}
        assert parameters.configured(path) == {"prod": overrides}

    def test_an_override_of_no_parameter_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no parameter RetentionDay"):
            parameters.deployed(TEMPLATE, [{"RetentionDay": "9"}])
