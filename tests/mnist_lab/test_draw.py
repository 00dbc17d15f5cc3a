"""Drawn digits: ink and place by hand, packed weights to their bounds, attribution by finite differences, many kinds of hands."""

from pathlib import Path

import numpy as np
import pytest
from hands import HANDS, WAYS, write
from ran import DOWNLOADS, Mnist, Ran, run_main

from mnist_lab import draw as lab
from mnist_lab.data import flatten, scale
from mnist_lab.images import centre
from mnist_lab.network import Layer, forward
from mnist_lab.robustness import shift


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    return lab.load_weights(DOWNLOADS / "classifier.npz")


@pytest.fixture(scope="module")
def packed(layers: list[Layer]) -> list[Layer]:
    return lab.unpack_layers(lab.pack_layers(layers))


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.FINE, lab.WIDTH, lab.SMALLEST, lab.MOVED, lab.IMAGES) == (3, 6, 0.03, 4, 1000)


def test_the_weights_are_those_of_the_recorded_network(layers: list[Layer]) -> None:
    assert [(weights.shape, bias.shape) for weights, bias in layers] == [((784, 128), (128,)), ((128, 10), (10,))]
    assert all(array.dtype == np.float64 for layer in layers for array in layer)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(lab.WeightsFileError, match=r"没有这个文件；应为权重 classifier\.npz；请从本站下载"):
        lab.load_weights(tmp_path / "classifier.npz")
    (tmp_path / "classifier.npz").write_bytes(b"other")
    with pytest.raises(lab.WeightsFileError, match=f"见到 SHA-256 .*；应为 {lab.DIGEST}；请从本站下载"):
        lab.load_weights(tmp_path / "classifier.npz")


def test_packing_by_hand() -> None:
    numbers, scales = lab.pack(np.array([[1.27, 0.0], [-0.5, 2.54], [0.004, -1.0]]))
    assert numbers.dtype == np.int8
    assert scales.dtype == np.float32
    assert numbers.tolist() == [[127, 0], [-50, 127], [0, -50]]
    assert scales.tolist() == pytest.approx([0.01, 0.02], rel=1e-6)


def test_packed_weights_are_within_half_a_step(layers: list[Layer], packed: list[Layer]) -> None:
    arrays = lab.pack_layers(layers)
    assert {name: array.dtype.name for name, array in arrays.items()} == {
        f"{layer}{part}": kind
        for layer in ("hidden", "output")
        for part, kind in (("", "int8"), ("_scale", "float32"), ("_bias", "float32"))
    }
    for (before, bias), (after, same), name in zip(layers, packed, ("hidden", "output"), strict=True):
        assert after.dtype == np.float64
        assert (np.abs(before - after) <= 0.501 * arrays[f"{name}_scale"]).all()
        assert np.array_equal(bias, same)


def test_distance_to_a_piece_of_a_stroke_by_hand() -> None:
    start, end = np.array([1.0, 1.0]), np.array([5.0, 1.0])
    x, y = np.array([3.0, 0.0, 8.0, 1.0]), np.array([3.0, 1.0, 5.0, 1.0])  # above, before, behind, on it
    assert lab.distance(x, y, start, end).tolist() == [2, 1, 5, 0]
    assert lab.distance(x, y, start, start).tolist() == pytest.approx([8**0.5, 1, 65**0.5, 0])


def test_ink_is_a_round_pen() -> None:
    picture = lab.ink([np.array([[4.5, 10.5], [15.5, 10.5]])], 21)
    assert picture.dtype == np.uint8
    # Six cells wide: five whole ones and half of one on each side
    assert picture[:, 10].tolist() == [0] * 7 + [128] + [255] * 5 + [128] + [0] * 7
    assert picture[10, :3].tolist() == [0, 128, 255]
    assert np.array_equal(picture, picture[::-1])
    dot = lab.ink([np.array([[10.5, 10.5]])], 21)
    assert np.array_equal(dot, dot.T)
    assert dot.sum() / 255 == pytest.approx(np.pi * 9, rel=0.01)
    both = lab.ink([np.array([[4.5, 10.5], [15.5, 10.5]]), np.array([[10.5, 10.5]])], 21)
    assert np.array_equal(both, np.maximum(picture, dot))


def test_what_is_seen_does_not_depend_on_place_or_size() -> None:
    stroke = np.array([[0.0, 0.0], [0.5, 0.1], [0.6, 1.0], [0.1, 0.9]])
    expected = lab.see([stroke])
    assert expected.shape == (28, 28)
    for size, place in ((0.1, 0.7), (0.4, 0.05), (0.9, 0.1)):
        # What is moved by a rounding error may be rounded the other way, by one step of grey
        assert np.abs(lab.see([stroke * size + place]).astype(int) - expected).max() <= 1
    rows, columns = np.flatnonzero(expected.any(axis=1)), np.flatnonzero(expected.any(axis=0))
    assert rows[-1] - rows[0] + 1 == 20
    assert abs(np.average(np.arange(28), weights=expected.sum(axis=1)) - 14) <= 0.5
    assert abs(np.average(np.arange(28), weights=expected.sum(axis=0)) - 14) <= 0.5
    assert columns[-1] - columns[0] < 20


def test_a_point_is_a_point() -> None:
    seen = lab.see([np.array([[0.5, 0.5]])])
    assert seen.max() == 255


def test_seen_plainly_it_stays_where_it_is() -> None:
    stroke = np.array([[2.5, 3.5], [2.5, 20.5]]) / 28
    seen = lab.see_plain([stroke])
    assert seen.dtype == np.uint8
    assert np.flatnonzero(seen.any(axis=0)).tolist() == [1, 2, 3]
    assert seen[10, 1:4].tolist() == [128, 255, 128]  # two pixels wide
    moved = lab.see_plain([stroke + np.array([7, 4]) / 28])
    assert np.abs(moved.astype(int) - shift(seen[np.newaxis], 4, 7)[0]).max() <= 1


def test_read_attributes_the_score_to_the_pixels(packed: list[Layer], mnist: Mnist) -> None:
    image = mnist[1][0][0]
    probabilities, spoke = lab.read(packed, image)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities.argmax() == mnist[1][1][0]
    x = scale(flatten(image[np.newaxis])).astype(np.float64)
    answer = probabilities.argmax()

    def score(inputs: np.ndarray) -> float:
        (hidden, bias), (output, end) = packed
        return float((np.maximum(inputs @ hidden + bias, 0) @ output + end)[0, answer])

    for pixel in np.flatnonzero(x)[::9]:
        step = np.zeros_like(x)
        step[0, pixel] = 1e-6
        assert spoke[pixel] == pytest.approx(x[0, pixel] * (score(x + step) - score(x - step)) / 2e-6, abs=1e-6)
    assert (spoke[x[0] == 0] == 0).all()


@pytest.mark.parametrize("name", HANDS)
def test_hands_of_many_kinds_are_read(name: str, packed: list[Layer]) -> None:
    rng = np.random.default_rng(0)
    for digit, ways in WAYS.items():
        for way in range(len(ways)):
            probabilities, _ = lab.read(packed, lab.see(write(digit, way, HANDS[name], rng)))
            assert probabilities.argmax() == digit, (digit, way)


def test_compare_by_hand(layers: list[Layer], packed: list[Layer], few: Mnist) -> None:
    images, labels = few[1]
    before, after = (forward(each, scale(flatten(images)))[1] for each in (layers, packed))
    assert lab.compare(layers, packed, images, labels) == {
        "accuracy": float(np.mean(before.argmax(axis=1) == labels)),
        "packed_accuracy": float(np.mean(after.argmax(axis=1) == labels)),
        "differ": int(np.sum(before.argmax(axis=1) != after.argmax(axis=1))),
        "largest_difference": float(np.max(np.abs(before - after))),
    }
    other = [(weights[:, ::-1], bias) for weights, bias in packed]
    assert lab.compare(layers, other, images, labels)["differ"] > 100


def test_moved_and_centred_by_hand(packed: list[Layer], few: Mnist) -> None:
    images, labels = few[1][0][:60], few[1][1][:60]
    moved = shift(images, 4, 4)
    expected = {
        "still_accuracy": images,
        "moved_accuracy": moved,
        "centred_accuracy": np.stack([centre(image) for image in moved]),
    }
    found = lab.move_and_centre(packed, images, labels)
    assert found == {
        name: float(np.mean([lab.read(packed, image)[0].argmax() == label for image, label in zip(each, labels, strict=True)]))
        for name, each in expected.items()
    }
    assert found["moved_accuracy"] < 0.5 < found["centred_accuracy"]


def test_samples_are_the_first_of_each_digit_and_the_first_misread(packed: list[Layer], mnist: Mnist) -> None:
    images, labels = mnist[1]
    samples = lab.choose_samples(packed, images, labels)
    assert samples["images"].dtype == np.uint8
    assert samples["index"].dtype == np.int32
    assert samples["labels"].tolist()[:10] == list(range(10))
    found = [int(lab.read(packed, image)[0].argmax()) for image in samples["images"]]
    assert len(found) == 20
    for place, (index, label) in enumerate(zip(samples["index"], samples["labels"], strict=True)):
        assert np.array_equal(images[index], samples["images"][place])
        assert labels[index] == label
        assert (found[place] != label) == (place >= 10)
    assert [int(np.argmax(labels == digit)) for digit in range(10)] == samples["index"].tolist()[:10]
    assert (np.diff(samples["index"][10:]) > 0).all()


@pytest.fixture(scope="module")
def ran(few: Mnist, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on the published weights and few images."""
    return run_main(lab, tmp_path_factory.mktemp("draw"), "classifier.npz", load_mnist=lambda: few, IMAGES=50)


def test_main_reads_the_corner_rightly_only_where_it_is_centred(ran: Ran, packed: list[Layer]) -> None:
    numbers = ran.numbers
    strokes = [np.array(lab.EXAMPLE)]
    for seen, name in ((lab.see(strokes), ""), (lab.see_plain(strokes), "plain_")):
        assert numbers["seen" if not name else "plain"] == seen.tolist()
        assert numbers[f"{name}probabilities"] == lab.read(packed, seen)[0].tolist()
    assert numbers["spoke"] == lab.read(packed, lab.see(strokes))[1].reshape(28, 28).tolist()
    wrong = int(np.argmax(numbers["plain_probabilities"]))
    assert np.argmax(numbers["probabilities"]) == 3 != wrong
    assert ran.lines == [
        f"压过的网络：准确率 {numbers['packed_accuracy']:.2%}，认得不同 {numbers['differ']} 张",
        f"移开 4 个像素：认对 {numbers['moved_accuracy']:.1%}；居中之后 {numbers['centred_accuracy']:.1%}",
        f"角上的 3：居中，认作 3，概率 {max(numbers['probabilities']):.2f}；"
        f"不居中，认作 {wrong}，概率 {max(numbers['plain_probabilities']):.2f}",
    ]


def test_main_writes_what_the_page_in_the_browser_reads(ran: Ran, layers: list[Layer], packed: list[Layer], few: Mnist) -> None:
    numbers = ran.numbers
    with np.load(ran.folder / "digit.npz") as file:
        found = {name: file[name] for name in file.files}
    expected = lab.pack_layers(layers)
    assert numbers["bytes"] == sum(found[name].nbytes for name in expected) == 102_736
    assert all(np.array_equal(found.pop(name), array) for name, array in expected.items())
    assert {name: float(value) for name, value in found.items()} == {
        "fine": 3, "width": 6, "box": 20, "middle": 14, "ink": 63, "pixels": 28, "white": 255, "smallest": 0.03
    }  # fmt: skip
    with np.load(ran.folder / "digit-samples.npz") as file:
        samples = lab.choose_samples(packed, *few[1])
        assert set(file.files) == set(samples)
        assert all(np.array_equal(file[name], array) for name, array in samples.items())


def test_main_compares_and_moves_the_images_that_it_should(ran: Ran, layers: list[Layer], packed: list[Layer], few: Mnist) -> None:
    images, labels = few[1]
    expected = lab.compare(layers, packed, images, labels) | lab.move_and_centre(packed, images[:50], labels[:50])
    assert {name: ran.numbers[name] for name in expected} == expected
