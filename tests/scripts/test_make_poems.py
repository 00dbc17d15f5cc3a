"""The script that makes the poems and their sounds: on a small package of our own, with each refusal."""

import hashlib
import itertools
import json
import lzma
import runpy
import sys
import tarfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOWNLOADS = REPOSITORY / "docs" / "downloads"


@pytest.fixture(scope="module")
def script() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(REPOSITORY / "scripts" / "make_poems.py"), run_name="make_poems"))


@pytest.fixture(autouse=True)
def plain_modules(script: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dataclass` looks its module up by name."""
    monkeypatch.setitem(sys.modules, "make_poems", SimpleNamespace(**vars(script)))


def entry(name: str, *sentences: str, author: str = "某") -> dict[str, Any]:
    return {"id": name, "author": author, "paragraphs": list(sentences)}


def four(sign: str, ends: str = "甲乙丙丁") -> list[str]:
    a, b, c, d = (4 * sign + end for end in ends)
    return [f"{a}，{b}。", f"{c}？{d}！"]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two files, out of alphabetical order, with a poem to keep, one to halve, and what is to be left out."""
    files = {
        2: [entry("a", *four("天")), entry("b", *four("地", "子丑寅卯"), *four("玄"))],
        10: [entry("c", *four("天"), author="后来人"), entry("d", "天地，玄黄。"), entry("e", *four("□"))],
    }
    dist = tmp_path / "package" / "dist"
    (dist / "quantangshi").mkdir(parents=True)
    (dist / "strains" / "json").mkdir(parents=True)
    for number, poems in files.items():
        tones = [{"id": poem["id"], "strains": ["平平平平仄，平平平平○。", "平平平平？，平平平平仄。"]} for poem in poems]
        (dist / "quantangshi" / f"poet.tang.{number}.json").write_text(json.dumps(poems), "utf-8")
        (dist / "strains" / "json" / f"poet.tang.{number}.json").write_text(json.dumps(tones), "utf-8")
    path = tmp_path / "chinese-poetry-2.0.1.tgz"
    songs = {
        3: [entry("f", *four("宋"), author="陸游"), entry("g", *four("词"), author="别人")],
        20: [entry("h", *four("宋"), author="陸游"), entry("i", *four("剑"), *four("南"), author="陸游")],
    }
    for number, poems in songs.items():
        (dist / "quantangshi" / f"poet.song.{number}.json").write_text(json.dumps(poems), "utf-8")
    with tarfile.open(path, "w:gz") as file:
        file.add(tmp_path / "package", "package")
    return path


def unpacked(script: SimpleNamespace, archive: Path, folder: Path) -> Path:
    folder_of_it: Path = script.unpack(archive, folder, hashlib.sha256(archive.read_bytes()).hexdigest())
    return folder_of_it


def test_the_published_files_are_those_the_script_names(script: SimpleNamespace) -> None:
    texts = script.read_targets(DOWNLOADS)
    assert sorted(texts) == ["luyou.txt.xz", "poems.txt.xz", "sounds.txt"]
    script.check(texts, DOWNLOADS, script.DIGESTS)
    with pytest.raises(script.MakeError, match=r"here: sounds\.txt holds a text of SHA-256 [0-9a-f]{64}; expected"):
        script.check(texts | {"sounds.txt": texts["sounds.txt"][1:]}, "here", script.DIGESTS)


def test_the_licence_lies_beside_the_poems() -> None:
    licence = (DOWNLOADS / "LICENSE.poems.txt").read_text("utf-8")
    for phrase in ("chinese-poetry 2.0.1", "JackeyGao", "MIT", "OpenCC 1.4.2", "公有领域", "WITHOUT WARRANTY OF ANY KIND"):
        assert phrase in licence


def test_make_keeps_halves_cleans_and_orders(script: SimpleNamespace, archive: Path, tmp_path: Path) -> None:
    texts = script.make(unpacked(script, archive, tmp_path / "new"), lambda text: text.replace("玄", "黑").replace("陸", "陆"))
    lines = [line.split("\t") for line in texts["poems.txt.xz"].splitlines()]
    assert {(author, text) for _, author, text in lines} == {
        ("某", "天天天天甲，天天天天乙。天天天天丙，天天天天丁。"),
        ("某", "地地地地子，地地地地丑。地地地地寅，地地地地卯。"),
        ("某", "黑黑黑黑甲，黑黑黑黑乙。黑黑黑黑丙，黑黑黑黑丁。"),
    }
    (own,) = texts["luyou.txt.xz"].splitlines()  # one poet, whole poems, each once
    assert own.split("\t")[1:] == ["陆游", "宋宋宋宋甲，宋宋宋宋乙。宋宋宋宋丙，宋宋宋宋丁。"]
    sounds = texts["sounds.txt"].splitlines()
    assert sounds[0] == "平\t天"  # the poem of eight lines does not fit its tone string
    assert sounds[1] == "仄\t丁甲"
    assert sounds[2] == "两\t乙"
    assert sorted(sounds[3:]) == sorted(set(sounds[3:]))
    assert all(line.startswith("韵\t") for line in sounds[3:])


def test_the_order_of_files_is_that_of_their_numbers(script: SimpleNamespace, archive: Path, tmp_path: Path) -> None:
    found = [poem["id"] for poem, _ in script.entries(unpacked(script, archive, tmp_path / "new"))]
    assert found == ["a", "b", "c", "d", "e"]


def quatrain(script: SimpleNamespace, *lines: str, whole: bool = True) -> Any:
    return script.Poem("某", lines, whole)


def test_the_split_is_told_by_the_text_and_halves_are_for_training(script: SimpleNamespace) -> None:
    poems = [quatrain(script, *(f"{sign}{end}" for end in "甲乙丙丁")) for sign in map(chr, range(0x4E00, 0x5400))]
    found = Counter(script.split_of(poem) for poem in poems)
    assert found["验证"] == pytest.approx(0.05 * len(poems), rel=0.35)
    assert found["测试"] == pytest.approx(0.05 * len(poems), rel=0.35)
    assert [script.split_of(poem) for poem in poems] == [script.split_of(poem) for poem in poems]
    assert {script.split_of(script.Poem("某", poem.lines, False)) for poem in poems} == {"训练"}


def test_a_training_poem_that_shares_a_line_with_a_held_out_one_goes(script: SimpleNamespace) -> None:
    kept, leak, held = (quatrain(script, *lines.split()) for lines in ("一 二 三 四", "五 六 七 八", "九 十 七 百"))
    sets = script.without_leaks({"训练": [kept, leak], "验证": [], "测试": [held]})
    assert sets == {"训练": [kept], "验证": [], "测试": [held]}


@pytest.mark.parametrize(
    ("counts", "tone"),
    [({"平": 9, "仄": 1}, "平"), ({"平": 8, "仄": 2}, "两"), ({"仄": 5}, "仄"), ({"○": 5}, "两"), ({"平": 5, "○": 5}, "两")],
)
def test_tone(script: SimpleNamespace, counts: dict[str, int], tone: str) -> None:
    assert script.tone_of(Counter(counts)) == tone


def test_rhymes_are_found_from_pairs_alone(script: SimpleNamespace) -> None:
    pairs = [*itertools.permutations("光霜乡长", 2), *itertools.permutations("山间还关", 2), ("乡", "山")]  # the last one is a slip
    groups = script.rhyme_groups([quatrain(script, "一", second, "三", fourth) for second, fourth in pairs])
    assert {frozenset(group) for group in groups} == {frozenset("光霜乡长"), frozenset("山间还关")}
    assert script.rhyme_groups([quatrain(script, "一", "二", "三", "二")]) == []


def test_published_rhymes_fit_poems_they_were_not_derived_from(script: SimpleNamespace) -> None:
    texts = script.read_targets(DOWNLOADS)
    groups = [line[2:] for line in texts["sounds.txt"].splitlines() if line.startswith("韵")]
    group = {character: number for number, characters in enumerate(groups) for character in characters}
    held = [line.split("\t")[2] for line in texts["poems.txt.xz"].splitlines() if not line.startswith("训练")]
    ends = [(group.get(text.split("。")[0][-1]), group.get(text.split("。")[1][-1])) for text in held]
    assert sum(a == b for a, b in ends) > 0.9 * len(ends)
    others = [(a, b) for (a, _), (_, b) in itertools.pairwise(ends)]
    assert sum(a == b for a, b in others) < 0.1 * len(others)


def test_writing_leaves_whole_files_and_no_draft(script: SimpleNamespace, tmp_path: Path) -> None:
    texts = {"poems.txt.xz": "诗\n", "sounds.txt": "平\t人\n", "luyou.txt.xz": "陆\n"}
    script.write(texts, tmp_path / "new")
    assert script.read_targets(tmp_path / "new") == texts
    assert lzma.decompress((tmp_path / "new" / "poems.txt.xz").read_bytes()).decode() == "诗\n"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["luyou.txt.xz", "poems.txt.xz", "sounds.txt"]


@pytest.mark.parametrize("content", [None, b"", b"no xz"])
def test_a_bad_target_is_reported(content: bytes | None, script: SimpleNamespace, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "poems.txt.xz").write_bytes(content)
    with pytest.raises(script.MakeError, match=r"poems\.txt\.xz: cannot be read .*run with --write"):
        script.read_targets(tmp_path)


def test_another_archive_is_refused(
    script: SimpleNamespace, archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main([str(archive), "--write"], tmp_path / "target") == 1
    assert "tgz: SHA-256 " in capsys.readouterr().err
    assert not (tmp_path / "target").exists()
    assert script.main([str(tmp_path / "none.tgz")]) == 1
    assert "none.tgz: no such file; expected the archive of chinese-poetry@2.0.1" in capsys.readouterr().err


def test_without_opencc_it_says_what_to_install(script: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opencc", None)
    with pytest.raises(script.MakeError, match=r"pip install opencc==1\.4\.2"):
        script.simplifier()


def test_simplified_text_can_be_printed_on_a_chinese_windows(script: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    converters = {"t2s": SimpleNamespace(convert=lambda text: text.replace("讌", "䜩").replace("飲", "饮"))}
    monkeypatch.setitem(sys.modules, "opencc", SimpleNamespace(OpenCC=converters.get))
    assert script.simplifier()("讌飲") == "宴饮"
    published = script.read_targets(DOWNLOADS)["poems.txt.xz"]
    training = "".join(line.split("\t")[2] for line in published.splitlines() if line.startswith("训练"))
    frequent = {sign for sign, count in Counter(training).items() if count >= 20}  # as many as the labs put into words
    assert "".join(sorted(frequent)).encode("gbk").decode("gbk") == "".join(sorted(frequent))


def test_npm_is_asked_for_the_package(
    script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(npm.with_name("python")))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.main([], tmp_path) == 1
    assert "npm is not on PATH; expected it for chinese-poetry@2.0.1" in capsys.readouterr().err
    npm.write_text("#!/bin/sh\necho ENOTFOUND >&2\nexit 3\n")
    npm.chmod(0o755)
    assert script.main([], tmp_path) == 1
    assert "npm pack chinese-poetry@2.0.1 failed with exit code 3: ENOTFOUND" in capsys.readouterr().err
    npm.write_text("#!/bin/sh\necho $2.tgz\n")
    assert script.download(tmp_path) == tmp_path / "chinese-poetry@2.0.1.tgz"
