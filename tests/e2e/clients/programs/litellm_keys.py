"""Keys of a LiteLLM proxy without a database: each is one of a team's, as an operator's own authentication says it."""

from fastapi import Request
from litellm.proxy._types import UserAPIKeyAuth

KEYS = {
    "sk-search-0123456789abcdef": {"key_alias": "search-key", "team_id": "team-search", "team_alias": "Search"},
    "sk-shop-0123456789abcdef": {"key_alias": "shop-key", "team_id": "team-shop", "team_alias": "Shop"},
}


async def whose(request: Request, api_key: str) -> UserAPIKeyAuth:  # noqa: ARG001 - it is passed by its name
    """Whose key it is. Raises KeyError for any other."""
    return UserAPIKeyAuth(api_key=api_key, **KEYS[api_key])
