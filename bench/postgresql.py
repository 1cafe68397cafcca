"""PostgreSQL, if it is installed: a server of its own, on a socket in a temporary directory."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, LiteralString, cast

import psycopg

from bench.databases import COLUMNS, INDEXES, Database, Rows

OWNER: Final = "postgres"
"""The user that the server runs as if this process is root's, because it refuses to run as root."""
START_SECONDS: Final = 30
SETTINGS: Final = {"listen_addresses": "", "shared_buffers": "1GB", "work_mem": "64MB", "fsync": "off"}


@contextmanager
def with_postgresql(calls: Path) -> Generator[list[Database]]:
    """Yields a new PostgreSQL that has loaded the calls, in a list, which is empty if it is not installed."""
    initdb, postgres = shutil.which("initdb"), shutil.which("postgres")
    if not initdb or not postgres:
        yield []
        return
    with TemporaryDirectory() as directory:
        owner: dict[str, Any] = {"user": OWNER} if os.geteuid() == 0 else {}
        if owner:
            shutil.chown(directory, OWNER)
        data = Path(directory, "data")
        initialize = [initdb, "--pgdata", str(data), "--username", OWNER, "--auth", "trust", "--locale", "C"]
        subprocess.run([*initialize, "--encoding", "UTF8"], check=True, stdout=subprocess.DEVNULL, **owner)
        settings = [text for name, value in SETTINGS.items() for text in ("-c", f"{name}={value}")]
        serve = [postgres, "-D", str(data), "-k", directory, *settings]
        with subprocess.Popen(serve, stderr=subprocess.DEVNULL, **owner) as server:
            try:
                yield [_loaded(directory, calls)]
            finally:
                server.send_signal(signal.SIGINT)  # it would wait for connections to end


def _loaded(directory: str, calls: Path) -> Database:
    connection = _connected(directory)
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(cast("LiteralString", f"CREATE TABLE calls ({columns})"))
    with connection.cursor().copy("COPY calls FROM STDIN (FORMAT csv)") as copy, calls.open("rb") as file:
        while part := file.read(2**20):
            copy.write(part)
    for index in INDEXES:
        connection.execute(index)
    connection.execute("VACUUM ANALYZE calls")

    def run(sql: str, values: Sequence[Any]) -> Rows:
        return connection.execute(cast("LiteralString", sql.replace("?", "%s")), values).fetchall()

    return Database("PostgreSQL", "/", run, Decimal)


def _connected(directory: str) -> psycopg.Connection:
    """Returns a connection as soon as the server accepts one."""
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg.connect(host=directory, user=OWNER, dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)
