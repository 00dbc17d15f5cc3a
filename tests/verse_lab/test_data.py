"""The poems: read whole, refused where damaged, encoded and decoded without loss."""

import hashlib
import lzma
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ran import DOWNLOADS

import verse_lab
from verse_lab import data as lab
from verse_lab.data import PoemsFileError, Vocabulary

QUIET_NIGHT = "床前看月光，疑是地上霜。举头望山月，低头思故乡。"
FIVE = "一二三四六，一二三四六。一二三四六，一二三四六。"


def lines_of(poem: str) -> list[str]:
    return [line for sentence in poem.split("。") for line in sentence.split("，") if line]


def test_all_poems_are_there_in_two_forms(poems: lab.Poems) -> None:
    assert {name: len(each) for name, each in poems.items()} == {"训练": 55440, "验证": 708, "测试": 699}
    texts = [text for each in poems.values() for _, text in each]
    assert len(set(texts)) == len(texts)
    assert {lab.form_of(text) for text in texts} == {"5", "7"}
    assert any(author == "李白" and text == QUIET_NIGHT for each in poems.values() for author, text in each)


def test_no_held_out_line_is_in_the_training_set(poems: lab.Poems) -> None:
    training = {line for _, text in poems["训练"] for line in lines_of(text)}
    held_out = {line for name in ("验证", "测试") for _, text in poems[name] for line in lines_of(text)}
    assert len(training) > 200_000
    assert len(held_out) > 5_000
    assert training.isdisjoint(held_out)


def test_held_out_poems_are_told_by_their_digest(poems: lab.Poems) -> None:
    for name, shares in {"验证": range(5), "测试": range(5, 10)}.items():
        for _, text in poems[name]:
            digest = hashlib.sha256("".join(lines_of(text)).encode()).hexdigest()
            assert int(digest[:8], 16) % 100 in shares


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (QUIET_NIGHT, "5"),
        ("山山山山山山山，水水水水水水水。山山山山山山山，水水水水水水水。", "7"),
        ("", None),
        (QUIET_NIGHT[:-1], None),
        (QUIET_NIGHT + "。", None),
        (QUIET_NIGHT.replace("光，", "光。"), None),
        (QUIET_NIGHT.replace("床前", "床，"), None),
        (QUIET_NIGHT.replace("床", "5"), None),
        (QUIET_NIGHT.replace("床", "□"), None),
        ("山山山山山山，水水水水水水。山山山山山山，水水水水水水。", None),
    ],
)
def test_form(text: str, form: str | None) -> None:
    assert lab.form_of(text) == form


def xz(*lines: str) -> bytes:
    return lzma.compress("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (None, "没有这个文件；应为唐诗的 poems.txt.xz"),
        (b"", "读不出来"),
        (b"not xz", "读不出来"),
        (xz(f"训练\t某\t{FIVE}")[:-9], "读不出来"),
        (lzma.compress(b"\xff\xfe\xff"), "读不出来"),
        (xz(f"训练\t某\t{FIVE}", f"训练 某 {FIVE}"), "第 2 行不对"),
        (xz(f"别的\t某\t{FIVE}"), "第 1 行不对"),
        (xz(f"训练\t某\t{FIVE[:-1]}"), "第 1 行不对"),
        (xz(f"训练\t某\t{FIVE}"), "首数不对；见到 {'训练': 1, '验证': 0, '测试': 0}"),
    ],
)
def test_a_bad_file_is_refused_with_its_cure(content: bytes | None, phrase: str, tmp_path: Path) -> None:
    path = tmp_path / "poems.txt.xz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PoemsFileError) as caught:
        lab.load_poems(path)
    assert phrase in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "重新下载" in str(caught.value)


def test_a_truncated_download_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "poems.txt.xz"
    path.write_bytes((DOWNLOADS / "poems.txt.xz").read_bytes()[:-1000])
    with pytest.raises(PoemsFileError, match="读不出来"):
        lab.load_poems(path)


def test_the_vocabulary_counts_the_training_set(poems: lab.Poems) -> None:
    training = [text for _, text in poems["训练"]]
    vocabulary = lab.build_vocabulary(training)
    joined = "".join(training)
    assert vocabulary.signs[:6] == "\n57，。□"
    assert len(set(vocabulary.signs)) == len(vocabulary.signs)
    assert vocabulary.rare + len(vocabulary.signs) - 6 == len(set(joined) - set("，。"))
    counts = [joined.count(sign) for sign in vocabulary.signs[6:30]]
    assert counts == sorted(counts, reverse=True)
    assert joined.count(vocabulary.signs[-1]) == 20
    assert lab.build_vocabulary(["甲乙乙丙丙丙"], least=2) == Vocabulary("\n57，。□丙乙", rare=1)
    assert lab.build_vocabulary(["乙甲"], least=1).signs[6:] == "乙甲"  # equal counts: by code point


def test_encoding_is_undone_by_decoding(poems: lab.Poems) -> None:
    texts = [text for _, text in poems["验证"][:50]] + [QUIET_NIGHT]
    vocabulary = lab.build_vocabulary(texts, least=1)
    ids = vocabulary.encode(texts)
    assert ids.shape == (51, 34)
    assert ids.dtype == np.int32
    assert [vocabulary.decode(row)[1:] for row in ids] == texts
    assert vocabulary.decode(ids[-1])[0] == "5"
    assert (ids[-1, 25:] == lab.END).all()


def test_a_rare_character_becomes_a_box() -> None:
    vocabulary = lab.build_vocabulary([FIVE, QUIET_NIGHT], least=3)
    assert vocabulary.decode(vocabulary.encode([FIVE.replace("一", "龘")])[0]) == "5" + FIVE.replace("一", "□")


def test_split_shifts_by_one_and_ends_after_the_first_end() -> None:
    vocabulary = lab.build_vocabulary([FIVE], least=1)
    seven = "一二三四六一二，一二三四六一二。一二三四六一二，一二三四六一二。"
    inputs, targets, real = lab.split(vocabulary.encode([FIVE, seven]))
    assert inputs.shape == targets.shape == real.shape == (2, 33)
    np.testing.assert_array_equal(inputs[:, 1:], targets[:, :-1])
    assert real.sum(axis=1).tolist() == [25, 33]  # all signs after the form, and one end
    assert real[0, :25].all()
    assert targets[0, 24] == lab.END


def test_loss_per_character_by_hand() -> None:
    targets = np.array([[6, 3, 5, 0]])  # a character, a comma, a rare character, the end
    losses = np.array([[2.0, 100.0, 1.0, 100.0]])
    assert lab.per_character(losses, targets, rare=10) == pytest.approx((2 + 1 + math.log(10)) / 2, rel=1e-12)
    assert lab.per_character(losses[:, :2], targets[:, :2], rare=0) == 2


def test_sounds(sounds: lab.Sounds) -> None:
    assert {sign: sounds.tones[sign] for sign in "人春明月日玉看中"} == dict(
        zip("人春明月日玉看中", "平平平仄仄仄两两", strict=True)
    )
    assert sounds.groups["光"] == sounds.groups["霜"] == sounds.groups["乡"]
    assert sounds.groups["光"] != sounds.groups["山"]
    assert len(set(sounds.groups.values())) == 191


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (None, "没有这个文件"),
        (b"\xff", "读不出来"),
        (b"", "内容不对"),
        ("平\t人\n仄\t月\n韵\t人".encode(), "内容不对"),
        ("平\t人\n仄\t月\n两\t中\n别\t人".encode(), "内容不对"),
    ],
)
def test_bad_sounds_are_refused(content: bytes | None, phrase: str, tmp_path: Path) -> None:
    path = tmp_path / "sounds.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PoemsFileError, match=phrase):
        lab.load_sounds(path)


@pytest.mark.parametrize("module", ["verse_lab", "verse_lab.data"])
def test_import_needs_no_tensorflow(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'tensorflow', 'keras', 'PIL'}} & set(sys.modules)))"
    source = str(Path(verse_lab.__file__).parents[1])
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
