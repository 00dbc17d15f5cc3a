"""What a lab's run leaves for widgets: arrays that it saved as NAME.npz, as a browser reads them; JSON as it is.

NAME.npz becomes NAME.bin, the arrays' bytes one after another, and NAME.shapes.json, which tells dtype, shape and place of each
and the digest of the whole. Standard library only: the site's environment has no NumPy.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import math
import struct
import zipfile
from typing import Any

MAGIC = b"\x93NUMPY"
# How NumPy writes a dtype, and the name of the array that a browser has for it; all little-endian, as every browser's are
DTYPES = {"|u1": "uint8", "|i1": "int8", "<u2": "uint16", "<i2": "int16", "<i4": "int32", "<f4": "float32", "<f8": "float64"}


class TensorError(ValueError):
    """A file is not what widgets can read: what it holds, what was expected, how to mend it."""


def converted(name: str, content: bytes) -> dict[str, bytes]:
    """Return the files that widgets read, by name, of one file that a lab wrote; raises TensorError."""
    stem, _, kind = name.rpartition(".")
    if kind == "json":
        return {name: content}
    if kind != "npz":
        raise TensorError(f"{name}: a file of no kind that widgets read; expected .npz or .json; save it so")
    data, arrays = packed(name, content)
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()  # as a browser writes it without a number
    shapes = {"digest": digest, "bytes": len(data), "arrays": arrays}
    return {f"{stem}.bin": data, f"{stem}.shapes.json": (json.dumps(shapes, indent=1) + "\n").encode()}


def packed(name: str, content: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of all arrays of an .npz file, and each array's dtype, shape and first byte."""
    data, arrays = b"", {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in sorted(archive.namelist()):
                dtype, shape, values = array(archive.read(member))
                arrays[member.removesuffix(".npy")] = {"dtype": dtype, "shape": shape, "start": len(data)}
                data += values
    except (zipfile.BadZipFile, TensorError, struct.error, ValueError, KeyError) as error:
        raise TensorError(f"{name}: {error}; expected arrays of {', '.join(DTYPES.values())}, in C order; save them so") from None
    return data, arrays


def array(content: bytes) -> tuple[str, list[int], bytes]:
    """Return dtype, shape and values of one array in NumPy's format, version 1: NEP 1, 'A Simple File Format for NumPy Arrays'."""
    if not content.startswith(MAGIC + b"\x01"):
        raise TensorError("no array of NumPy's format 1")
    start = 10 + struct.unpack("<H", content[8:10])[0]
    header = ast.literal_eval(content[10:start].decode("latin-1"))
    if header["descr"] not in DTYPES or (header["fortran_order"] and len(header["shape"]) > 1):
        raise TensorError(f"an array of dtype {header['descr']}, Fortran order {header['fortran_order']}")
    values = content[start:]
    size = int(header["descr"][2:]) * math.prod(header["shape"])
    if len(values) != size:
        raise TensorError(f"an array of {len(values)} bytes where its shape says {size}")
    return DTYPES[header["descr"]], list(header["shape"]), values
