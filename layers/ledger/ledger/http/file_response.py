"""The response of a handler: a file, with a link to where it is."""

from http import HTTPStatus

from ledger.http.text_response import TextResponse


class FileResponse(TextResponse):
    """A text file as the body of a redirect to it, for clients that don't follow redirects."""

    def __init__(self, text: str, content_type: str, filename: str, location: str) -> None:
        headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Location": location}
        super().__init__(text, content_type, headers, HTTPStatus.SEE_OTHER)
