"""Whose budgets are asked for: the parameters of /api/budgets."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from ledger.budgets.book import BudgetBook
from ledger.budgets.budget import Limit
from ledger.core.identity import VIEWERS, Identity
from ledger.core.scopes import EVERYBODY, Scope
from ledger.http.query_parameters import Did, Query, WholeNumber, WhoseQuery
from ledger.pricing.providers import canonical


class BudgetsQuery(WhoseQuery):
    """One's own budgets; those of a user or an app; or all that are not one for each user or app."""

    user_did: Did | None = None
    """The budgets of this user; another than oneself is for viewer, admin and owner."""
    app_did: Did | None = None
    """The budgets of this app; for viewer, admin and owner."""
    page: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 1
    """The number of a page, from 1."""
    page_size: Annotated[WholeNumber, Field(ge=1, le=50)] = 20
    """Budgets on a page."""

    def limits(self, book: BudgetBook, by: Identity) -> list[Limit]:
        """Every limit that is asked for, by the id of its budget. Raises Forbidden where the caller may not ask."""
        if self.everybody or self.app_did or self.user_did not in (None, by.did):
            by.require(VIEWERS)
        if self.everybody:
            scopes = ((budget, budget.only_scope) for budget in book.budgets())
            return [limit for budget, scope in scopes if scope and (limit := budget.limit(scope))]
        if self.user_did is None and self.app_did is None:
            return book.limits([Scope.of_user(by.did)])
        return book.limits(scopes_of(self.user_did, self.app_did))

    def on_page(self, limits: Sequence[Limit]) -> Sequence[Limit]:
        start = (self.page - 1) * self.page_size
        return limits[start : start + self.page_size]


def scopes_of(user_did: str | None, app_did: str | None) -> list[Scope]:
    """The scopes of a user and of an app, where they are given."""
    users = [Scope.of_user(user_did)] if user_did else []
    return [*users, Scope.of_app(app_did)] if app_did else users


class CheckQuery(Query):
    """Of what call it is asked whether it may be made. What is not known is left out."""

    user_did: Did = ""
    """The user for whom it would be made."""
    app_did: Did = ""
    """The app on whose behalf it would be made."""
    provider_id: Did = ""
    """Its provider, by any name of it. Budgets of one provider are left out of account where it is not known."""
    model: Did = ""
    """Its model. Budgets of one model are left out of account where it is not known."""
    on_failure: Literal["allow", "deny"] = "allow"
    """What to answer while the ledger can't read what was spent."""

    @property
    def provider_ids(self) -> set[str]:
        """The id as it was sent, and the one under which calls of OpenTelemetry and LiteLLM are recorded."""
        return {self.provider_id, canonical(self.provider_id)}

    @property
    def scopes(self) -> list[Scope]:
        """The scopes that the call would count for."""
        return [EVERYBODY, *scopes_of(self.user_did, self.app_did)]
