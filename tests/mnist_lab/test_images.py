"""Images of readers: what is decoded, what is refused, and that a digit ends where the makers of MNIST put it."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pictures import blob, encoded
from PIL import Image
from ran import Mnist

from mnist_lab import images as lab


@pytest.fixture(scope="module")
def digits(few: Mnist) -> np.ndarray:
    return few[1][0][:100]


def mass(image: np.ndarray) -> np.ndarray:
    weights = image.astype(float)
    return np.array([np.arange(28) @ weights.sum(axis=1), np.arange(28) @ weights.sum(axis=0)]) / weights.sum()


def test_grey_png_is_decoded_as_it_is(digits: np.ndarray) -> None:
    np.testing.assert_array_equal(lab.decode(encoded(Image.fromarray(digits[0]))), digits[0])
    assert lab.decode(encoded(Image.fromarray(digits[0]).convert("RGB"), "JPEG")).shape == (28, 28)


def test_transparent_is_paper() -> None:
    picture = Image.new("RGBA", (3, 2), (0, 0, 0, 0))
    picture.putpixel((1, 0), (0, 0, 0, 255))
    picture.putpixel((2, 1), (255, 0, 0, 255))
    expected = [[255, 0, 255], [255, 255, 76]]  # red is 0.299 of white
    assert lab.decode(encoded(picture)).tolist() == expected


def test_photographs_stand_upright() -> None:
    picture, exif = Image.fromarray(blob(2, 30, shape=(40, 60), top=0, left=0)), Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter, clockwise
    turned = lab.decode(encoded(picture, "JPEG", exif=exif))
    assert turned.shape == (60, 40)
    assert turned[:30, -2:].min() > 127
    assert turned[:, :-8].max() < 64


@pytest.mark.parametrize(
    ("body", "status", "phrase"),
    [
        (b"", 422, "读不出图像；内容应为完好的 PNG 或 JPEG；请检查文件"),
        (b"not a picture", 422, "读不出图像"),
        (encoded(Image.fromarray(blob(5, 5)))[:60], 422, "读不出图像"),
        (encoded(Image.fromarray(blob(5, 5)), "GIF"), 422, "读不出图像"),
        (encoded(Image.new("L", (1, 2001))), 413, "图像太大；见到 (1, 2001)；每边应不超过 2000 像素；请缩小"),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, status: int, phrase: str) -> None:
    with pytest.raises(lab.Refused) as caught:
        lab.decode(body)
    assert caught.value.args[0] == status
    assert phrase in caught.value.args[1]


def test_the_largest_side_is_still_taken() -> None:
    assert lab.decode(encoded(Image.new("L", (2000, 1)))).shape == (1, 2000)


@pytest.mark.parametrize(("old", "new"), [(5, 2), (2, 5), (7, 7), (28, 20), (1, 3)])
def test_overlaps_by_hand(old: int, new: int) -> None:
    step = Fraction(old, new)
    shared = [[min((i + 1) * step, Fraction(j + 1)) - max(i * step, Fraction(j)) for j in range(old)] for i in range(new)]
    expected = [[max(Fraction(0), length) / step for length in row] for row in shared]
    np.testing.assert_allclose(lab.overlaps(old, new), np.array(expected, dtype=float), atol=1e-12)


@pytest.mark.parametrize(("height", "width"), [(40, 20), (20, 40), (30, 30), (1, 40)])
def test_centre_scales_to_twenty_and_puts_the_mass_in_the_middle(height: int, width: int) -> None:
    centred = lab.centre(blob(height, width))
    rows, columns = np.nonzero(centred)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert min(np.ptp(rows), np.ptp(columns)) + 1 == max(1, round(20 * min(height, width) / max(height, width)))
    assert abs(rows.mean() - 14) <= 0.5
    assert abs(columns.mean() - 14) <= 0.5
    assert (centred.shape, centred.dtype.name, centred.max()) == ((28, 28), "uint8", 255)


def test_centre_leaves_what_is_in_its_place_and_of_its_size(digits: np.ndarray) -> None:
    kept = [image for image in digits if np.ptp(np.nonzero((image > lab.INK).any(axis=1))) == 19]
    assert len(kept) > 50
    same = [np.abs(lab.centre(image).astype(int) - image).max() <= lab.INK for image in kept]
    assert np.mean(same) > 0.8


def test_centre_does_not_care_where_the_digit_lies_nor_for_the_paper(digits: np.ndarray) -> None:
    first = np.zeros((90, 120), np.uint8)
    second = first.copy()
    first[5:33, 10:38] = digits[0]
    second[50:78, 80:108] = digits[0]
    np.testing.assert_array_equal(lab.centre(first), lab.centre(second))
    np.testing.assert_array_equal(lab.centre(255 - first), lab.centre(first))


def test_centre_finds_the_digits_of_mnist_where_their_makers_put_them(digits: np.ndarray) -> None:
    moved = [np.abs(mass(image) - mass(lab.centre(image))).max() for image in digits]
    assert np.median(moved) < 0.3
    off = [np.abs(mass(image) - mass(lab.centre(image, 12))).max() for image in digits]
    assert np.median(off) > 1


def test_a_heavy_end_stays_within_the_image() -> None:
    centred = lab.centre(np.maximum(blob(60, 2), blob(20, 20)))
    assert np.nonzero(centred.any(axis=1))[0].tolist() == list(range(8, 28))


@pytest.mark.parametrize("shade", [0, 63, 192, 255])
def test_blank_paper_is_refused(shade: int) -> None:
    with pytest.raises(lab.Refused, match="图像里没有笔迹；应为一个数字"):
        lab.centre(np.full((28, 28), shade, np.uint8))


def test_read_image_centres(tmp_path: Path, digits: np.ndarray) -> None:
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(digits[3])))
    np.testing.assert_array_equal(lab.read_image(tmp_path / "a.png"), lab.centre(digits[3]))
    for path in (tmp_path / "absent.png", tmp_path):
        with pytest.raises(lab.Refused, match=r"读不了文件；见到 .*；应为一张图像；请检查路径") as caught:
            lab.read_image(path)
        assert caught.value.args[0] == 404
