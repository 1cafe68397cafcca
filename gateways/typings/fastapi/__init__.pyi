from collections.abc import Mapping

class HTTPException(Exception):
    def __init__(self, status_code: int, detail: object = ..., headers: Mapping[str, str] | None = ...) -> None: ...
