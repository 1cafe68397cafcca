"""What each client exported when it was last run, as files: the spans that a ledger has to understand."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.clients.billed import Billed, Tokens

SPANS: Final = Path(__file__).parent / "spans"
USER: Final = "did:user"
"""The user of every call in these files."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a provider billed, and the requests for traces that told of it, in OTLP's JSON."""

    billed: list[Billed]
    exported: list[dict[str, Any]]

    def write(self, client: str, user: str) -> None:
        """One line for each call and for each request; nothing of a client that exports no traces."""
        if not self.exported:
            return
        SPANS.mkdir(exist_ok=True)
        calls = ",\n  ".join(json.dumps(asdict(call)) for call in self.billed)
        requests = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in self.exported).replace(user, USER)
        (SPANS / f"{client}.json").write_text(f'{{"billed": [\n  {calls}\n], "exported": [\n  {requests}\n]}}\n')


def recorded() -> Iterable[str]:
    """The clients of which there is a recording."""
    return sorted(path.stem for path in SPANS.glob("*.json"))


def recording(client: str) -> Recording:
    """That of this client."""
    found = json.loads((SPANS / f"{client}.json").read_text())
    billed = [Billed(**call | {"tokens": Tokens(**call["tokens"])}) for call in found["billed"]]
    return Recording(billed, found["exported"])
