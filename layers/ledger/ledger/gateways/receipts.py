"""What became of the calls of a request, as the receipt for them says."""

from ledger.gateways.received import Became, Client, Received
from ledger.recording.recorder import ANOTHERS, Receipt


def counted(receipt: Receipt, client: Client) -> Received:
    """The counts of the calls that a client sent. Those that are to be sent again are not among them."""
    received = Received()
    received.add(client, Became.RECORDED, receipt["recorded"] + receipt.get("accepted", 0))
    for rejection in receipt["rejected"]:
        if not rejection["retryable"]:
            received.add(client, refused(rejection["error"]))
    return received


def refused(error: str) -> Became:
    """What became of a call that was refused with this error."""
    return Became.OF_ANOTHER_KEY if error == ANOTHERS else Became.SET_ASIDE
