"""Runs a client against a provider, in an environment of its own with the versions of its row."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.e2e.clients.capture import Capture
from tests.e2e.clients.provider import Provider
from tests.e2e.clients.table import Client
from tools.project import ROOT

PROGRAMS: Final = Path(__file__).parent / "programs"
ENVIRONMENTS: Final = ROOT / ".local/clients"
PATIENCE: Final = 600
"""Seconds for a client, of which most are for its installation."""
KEPT: Final = ("UV_", "PIP_", "SSL_", "NPM_", "npm_")


def run(client: Client, provider: Provider, capture: Capture, *, key: str, admin: str, user: str) -> str:
    """What it printed, when it has ended. Raises RuntimeError if it failed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "LEDGER_USER": user,
        "LEDGER_KEY": key,
        "LEDGER_ADMIN": admin,
        "OTEL_SERVICE_NAME": "checkout",
        "OTEL_EXPORTER_OTLP_ENDPOINT": capture.url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{key}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
        "OPENAI_API_KEY": "none",
        "ANTHROPIC_BASE_URL": provider.url,
        "ANTHROPIC_API_KEY": "none",
        "GOOGLE_GEMINI_BASE_URL": provider.url,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    } | {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    is_python = client.program.endswith(".py")
    command = _python(client) if is_python else _node(client)
    ran = subprocess.run(
        command,
        env=environment | {name: value.format(user=user) for name, value in client.environment.items()},
        cwd=PROGRAMS,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{client.program} ended with {ran.returncode}:\n{(ran.stdout + ran.stderr)[-3_000:]}")
    return ran.stdout + ran.stderr


def _python(client: Client) -> list[str]:
    uv = shutil.which("uv") or str(ROOT / ".local/uv/bin/uv")
    packages = [word for package in client.packages for word in ("--with", package)]
    starter = client.starter or ("python",)
    program = ("python", client.program) if client.starter else (client.program,)
    return [uv, "run", "--quiet", "--no-project", "--python", sys.executable, *packages, *starter, *program]


def _node(client: Client) -> list[str]:
    """The program beside its packages, where Node looks for them."""
    digest = hashlib.sha256(json.dumps(client.packages).encode()).hexdigest()[:12]
    directory = ENVIRONMENTS / digest
    if not (directory / "node_modules").exists():
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "package.json").write_text('{"private": true, "type": "module"}')
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--save-exact", *client.packages],
            cwd=directory,
            check=True,
        )
    for program in PROGRAMS.glob("*.mjs"):
        shutil.copy(program, directory)
    return ["node", str(directory / client.program)]
