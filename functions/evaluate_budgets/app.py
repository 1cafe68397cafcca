"""Consumer of the Counters table's stream: reads what was spent of the budgets whose live counters have changed,
and raises alerts.

A batch that fails is delivered again as a whole: budgets are read anew each time, so that does no harm.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.alerts.store import AlertStore
from ledger.aws.settings import settings
from ledger.budgets.anomaly import Anomalies
from ledger.budgets.book import BudgetBook
from ledger.budgets.evaluation import Evaluation
from ledger.budgets.spending import KeptSpending, SpendingReader
from ledger.budgets.store import BudgetStore

reader = SpendingReader.of(settings())
evaluation = Evaluation(
    BudgetBook(BudgetStore(settings().registry_table)),
    reader,
    KeptSpending(settings().counters_table),
    AlertStore(settings().registry_table),
    Anomalies(reader),
)
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    evaluation.evaluate(event["Records"])
    return {"batchItemFailures": []}
