"""The buckets. Only functions that use it import this, because making a client of S3 takes a while."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ledger.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_LIFETIME = 300
"""Seconds for which a presigned link is valid."""
_CHUNK = 1024 * 1024
_CHANGED = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "NoSuchKey", "PreconditionFailed", "404", "412"}


class ObjectChanged(Exception):
    """An object, or a part of an upload, is gone, or is not the one that was written."""


@cache
def client() -> "S3Client":
    """The client of this execution environment. It may be shared between threads."""
    return clients.client(
        "s3",
        connect_timeout=2,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 5},
        signature_version="s3v4",
        user_agent="usage-ledger",
        request_checksum_calculation="when_required",  # the signature includes the SHA-256 of every body
    )


@dataclass(frozen=True)
class Download:
    """The name under which a browser saves an object, and its type."""

    filename: str
    content_type: str

    @property
    def headers(self) -> dict[str, Any]:
        disposition = f'attachment; filename="{self.filename}"'
        return {"ContentType": self.content_type, "ContentDisposition": disposition}


@dataclass(frozen=True)
class S3Bucket:
    name: str

    def put(self, key: str, body: bytes, *, download: Download | None = None) -> str:
        """Write a whole object. Returns its ETag."""
        headers = download.headers if download else {}
        return client().put_object(Bucket=self.name, Key=key, Body=body, **headers)["ETag"]

    def begin(self, key: str, download: Download) -> str:
        """Begin a multipart upload. Returns its id."""
        upload = client().create_multipart_upload(Bucket=self.name, Key=key, **download.headers)
        return upload["UploadId"]

    def put_part(self, key: str, upload_id: str, number: int, body: bytes) -> str:
        """Write a part, numbered from 1, or replace it. Returns its ETag. Raises ObjectChanged."""
        try:
            part = client().upload_part(Bucket=self.name, Key=key, UploadId=upload_id, PartNumber=number, Body=body)
        except ClientError as error:
            raise _translated(error) from error
        return part["ETag"]

    def complete(self, key: str, upload_id: str, etags: Sequence[str], size: int) -> None:
        """Make one object of these parts. Does nothing where that has been done. Raises ObjectChanged."""
        parts: Any = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        try:
            client().complete_multipart_upload(
                Bucket=self.name,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NoSuchUpload" or self.size(key) != size:
                raise _translated(error) from error

    def abort(self, key: str, upload_id: str) -> None:
        """Abort a multipart upload, if there is one with this id."""
        try:
            client().abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload_id)
        except ClientError as error:
            if not isinstance(_translated(error), ObjectChanged):
                raise

    def abort_all(self, key: str, *, keep: str | None = None) -> None:
        """Abort all multipart uploads of an object, except the one with the id `keep`."""
        uploads = client().list_multipart_uploads(Bucket=self.name, Prefix=key).get("Uploads", [])
        for upload in uploads:
            upload_id = upload.get("UploadId", "")
            if upload.get("Key") == key and upload_id != keep:
                self.abort(key, upload_id)

    def get(self, key: str, etag: str) -> bytes:
        """The object with this ETag. Raises ObjectChanged, also where S3 denies access to the object."""
        try:
            return client().get_object(Bucket=self.name, Key=key, IfMatch=etag)["Body"].read()
        except ClientError as error:
            raise _missing(error) from error

    def upload(self, path: Path, key: str, download: Download | None = None) -> None:
        """Write a file as an object."""
        headers = download.headers if download else {}
        with path.open("rb") as file:
            client().put_object(Bucket=self.name, Key=key, Body=file, **headers)

    def download(self, key: str, path: Path) -> None:
        """Write an object to a file. Raises ObjectChanged, also where S3 denies access to the object."""
        try:
            body = client().get_object(Bucket=self.name, Key=key)["Body"]
        except ClientError as error:
            raise _missing(error) from error
        with path.open("wb") as file:
            file.writelines(body.iter_chunks(_CHUNK))

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object, a megabyte at a time."""
        return client().get_object(Bucket=self.name, Key=key)["Body"].iter_chunks(_CHUNK)

    def remove(self, key: str) -> None:
        """Delete an object, and abort all its multipart uploads."""
        self.abort_all(key)
        self.delete(key)

    def delete(self, key: str) -> None:
        client().delete_object(Bucket=self.name, Key=key)

    def link(self, key: str) -> str:
        """A presigned URL, by which anybody may read the object for LINK_LIFETIME seconds."""
        parameters = {"Bucket": self.name, "Key": key}
        return client().generate_presigned_url("get_object", Params=parameters, ExpiresIn=LINK_LIFETIME)

    def size(self, key: str) -> int | None:
        """The bytes of an object. None where there is none."""
        try:
            return client().head_object(Bucket=self.name, Key=key)["ContentLength"]
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (403, 404):
                return None  # 403 where the role may not list the bucket
            raise


def _translated(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    return ObjectChanged(code) if code in _CHANGED else error


def _missing(error: ClientError) -> Exception:
    """As `_translated`, for a request that reads.

    S3 answers 403 AccessDenied instead of 404 for an object that is gone, to a role that may not list the bucket.
    """
    return (
        ObjectChanged("AccessDenied")
        if error.response.get("Error", {}).get("Code") == "AccessDenied"
        else _translated(error)
    )
