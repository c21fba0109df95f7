"""快递100's signatures: the MD5 of what is joined, in capital hexadecimal digits.

Sources: ``sign`` = MD5(param + key + customer) in 快递100's documentation of the query
(https://apifox.com/apidoc/project-514987/api-8562559) and in its SDK (kuaidi100-api/python-demo,
``code/synquery.py``); ``sign`` = MD5(param + salt) in that of the push
(https://apifox.com/apidoc/project-514987/api-8568518).
"""

from __future__ import annotations

import hashlib
import hmac


def sign(*parts: str) -> str:
    """Return the signature of texts, joined in this order."""
    joined = "".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.md5(joined, usedforsecurity=False).hexdigest().upper()  # the algorithm is 快递100's choice


def is_signed(signature: str, *parts: str) -> bool:
    """Return whether a signature is that of the texts, in a time that tells nothing; its case does not matter."""
    given = signature.upper().encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, sign(*parts).encode())
