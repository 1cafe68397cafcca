"""Every minute: follows the alerts that stay open, and sends those that some channel has not taken yet."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.alerts.cause import Causes
from ledger.alerts.channels import ChannelStore
from ledger.alerts.delivery import AlertDelivery
from ledger.alerts.sender import Sender
from ledger.alerts.store import AlertStore
from ledger.aws.settings import settings
from ledger.budgets.follow_ups import FollowUps
from ledger.budgets.spending import KeptSpending
from ledger.budgets.store import BudgetStore
from ledger.calls.directory import Directory
from ledger.query.engine import QueryEngine
from ledger.query.explanations import Explanations

alerts = AlertStore(settings().registry_table)
follow_ups = FollowUps(BudgetStore(settings().registry_table), KeptSpending(settings().counters_table), alerts)
delivery = AlertDelivery(
    alerts,
    ChannelStore(settings().registry_table, settings().channels_secret_arn),
    Sender.of(settings()),
)
explanations = Explanations(QueryEngine.of(settings(), with_latest=True), Directory(settings().registry_table))
causes = Causes(explanations)
logger = Logger()


@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    follow_ups.run()
    delivery.run(causes.explained, lambda: context.get_remaining_time_in_millis() / 1000)
    return {}
