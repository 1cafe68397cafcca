from typing import Any

class Router:
    def get_model_list(self, model_name: str, team_id: str | None) -> list[dict[str, Any]] | None: ...

llm_router: Router | None
