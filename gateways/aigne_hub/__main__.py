"""Tells a ledger of every call in the database of an AIGNE Hub: README.md."""

import argparse
import logging
import os
import time
from pathlib import Path
from typing import Final

from .connector import Connector
from .hub_database import HubDatabase
from .ledger_api import LedgerApi

PAUSE: Final = 10.0
"""Seconds from one look at the database to the next."""

log = logging.getLogger("aigne-hub")


def main() -> None:
    parser = argparse.ArgumentParser(description="Tells a ledger of every call in an AIGNE Hub's database.")
    parser.add_argument("--database", type=Path, required=True, help="the Hub's aikit.db")
    parser.add_argument("--state", type=Path, required=True, help="a folder for the connector's position")
    parser.add_argument("--ledger", required=True, help="the ledger's URL; its key is in the environment's LEDGER_KEY")
    parser.add_argument("--once", action="store_true", help="end when everything is sent")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given.state.mkdir(parents=True, exist_ok=True)
    ledger = LedgerApi(given.ledger, os.environ["LEDGER_KEY"])
    connector = Connector(HubDatabase(given.database), ledger, given.state)
    while True:
        if taken := connector.send_changes():
            log.info("the ledger took %s calls", taken)
        if given.once:
            return
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
