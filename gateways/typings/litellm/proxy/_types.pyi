class UserAPIKeyAuth:
    api_key: str | None
    key_alias: str | None
    team_id: str | None
    user_id: str | None
    end_user_id: str | None
