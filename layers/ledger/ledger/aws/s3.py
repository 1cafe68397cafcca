"""The Exports bucket. Only functions that use it import this: a client of S3 takes a while to make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ledger.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK = 300
"""Seconds for which a link is good."""
_CHUNK = 1024 * 1024


class Changed(Exception):
    """What was uploaded so far is not there any more, or is not what it was."""


_CHANGED = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "NoSuchKey", "PreconditionFailed", "404", "412"}


@cache
def client() -> "S3Client":
    """The one client of this execution environment; safe to share between threads."""
    return clients.client(
        "s3",
        connect_timeout=2,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 5},
        signature_version="s3v4",
        user_agent="usage-ledger",
        request_checksum_calculation="when_required",  # every body's SHA-256 is in its signature
    )


@dataclass(frozen=True)
class Shown:
    """How browsers take an object."""

    filename: str
    content_type: str

    @property
    def headers(self) -> dict[str, str]:
        disposition = f'attachment; filename="{self.filename}"'
        return {"ContentType": self.content_type, "ContentDisposition": disposition}


@dataclass(frozen=True)
class Bucket:
    name: str

    def put(self, key: str, body: bytes, *, shown: Shown | None = None) -> str:
        """Write a whole object. Answers its ETag."""
        headers = shown.headers if shown else {}
        return client().put_object(Bucket=self.name, Key=key, Body=body, **headers)["ETag"]  # pyright: ignore[reportArgumentType]

    def begin(self, key: str, shown: Shown) -> str:
        """Begin an object in parts. Answers the id of the upload."""
        return client().create_multipart_upload(Bucket=self.name, Key=key, **shown.headers)["UploadId"]  # pyright: ignore[reportArgumentType]

    def put_part(self, key: str, upload_id: str, number: int, body: bytes) -> str:
        """Write a part, numbered from 1, or write it again. Answers its ETag. Raises Changed."""
        try:
            return client().upload_part(Bucket=self.name, Key=key, UploadId=upload_id, PartNumber=number, Body=body)[
                "ETag"
            ]
        except ClientError as error:
            raise _named(error) from error

    def complete(self, key: str, upload_id: str, etags: Sequence[str], size: int) -> None:
        """Make one object of these parts, unless that is done. Raises Changed."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        try:
            client().complete_multipart_upload(
                Bucket=self.name,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},  # pyright: ignore[reportArgumentType]
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NoSuchUpload" or self.size(key) != size:
                raise _named(error) from error

    def discard(self, key: str, upload_id: str) -> None:
        """Forget one upload, if it is there."""
        try:
            client().abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload_id)
        except ClientError as error:
            if not isinstance(_named(error), Changed):
                raise

    def abort(self, key: str, *, keep: str | None = None) -> None:
        """Forget the uploads of an object that were begun, but for one."""
        uploads = client().list_multipart_uploads(Bucket=self.name, Prefix=key).get("Uploads", [])
        for upload in uploads:
            upload_id = upload.get("UploadId", "")
            if upload.get("Key") == key and upload_id != keep:
                self.discard(key, upload_id)

    def get(self, key: str, etag: str) -> bytes:
        """An object that has not changed since. Raises Changed."""
        try:
            return client().get_object(Bucket=self.name, Key=key, IfMatch=etag)["Body"].read()
        except ClientError as error:
            raise _named(error) from error

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object as it is stored, a megabyte at a time."""
        return client().get_object(Bucket=self.name, Key=key)["Body"].iter_chunks(_CHUNK)

    def remove(self, key: str) -> None:
        """Leave nothing of an object, nor of the uploads that were to become it."""
        self.abort(key)
        self.delete(key)

    def delete(self, key: str) -> None:
        client().delete_object(Bucket=self.name, Key=key)

    def link(self, key: str) -> str:
        """A URL by which anybody may read the object for LINK seconds."""
        return client().generate_presigned_url("get_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=LINK)

    def size(self, key: str) -> int | None:
        """The bytes of an object, if it is there."""
        try:
            return client().head_object(Bucket=self.name, Key=key)["ContentLength"]
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (403, 404):
                return None  # 403 where the role may not list the bucket
            raise


def _named(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    return Changed(code) if code in _CHANGED else error
