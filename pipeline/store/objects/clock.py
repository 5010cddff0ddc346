"""What time it is at the object server: S3 refuses requests signed by a clock that is off, and locks end by its own."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import urllib3

from pipeline.store.objects.address import Bucket
from pipeline.store.objects.connect import trust_of
from schemas.errors import ObjectStoreUnavailable

ANSWER_S = 5.0


def time_at(bucket: Bucket) -> datetime | None:
    """Return the server's time, to the second; None where it tells none.

    Raises:
        ObjectStoreUnavailable: it does not answer.
    """
    scheme = "https" if bucket.secure else "http"
    pool = urllib3.PoolManager(timeout=ANSWER_S, retries=False, ssl_context=trust_of(bucket) if bucket.secure else None)
    try:
        told = pool.request("HEAD", f"{scheme}://{bucket.endpoint}/").headers.get("Date")
    except urllib3.exceptions.HTTPError as error:
        raise ObjectStoreUnavailable("Máy chủ lưu trữ không trả lời") from error
    return parsedate_to_datetime(told) if told else None
