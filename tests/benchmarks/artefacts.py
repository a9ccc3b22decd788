"""What a painting must not show: frame, grid, weave, blotches, speckles, clipping. Pure NumPy.

Every probe is a figure of one picture, float (height, width, 3), sRGB values from 0 to 1, and is
what the picture has beyond its content and style: 0, or near it, for a picture without fault.
The content is at the picture's size, the style at the scale that it was painted with.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BAND = 8  # pixels: width of the rings that a frame is looked for in
RINGS = 10  # at most: the outermost against those inside it
# Differences of neighbouring rings that are nothing: of a mean, of a deviation, of a logarithm.
RING_FLOORS = (2 / 255, 2 / 255, 0.05)

PERIODS = (2, 4, 8, 16)  # pixels: what the network's four poolings repeat at
BLOCK, HOP = 128, 32  # pixels: of the averaged spectrum
BESIDE = (3, 4)  # bins from a grid's frequency: beyond the Hann window's lobe, before the next
BANDS = ((2, 3), (3, 5), (5, 10))  # pixels: wave lengths of a weave
SECTOR = 12  # degrees to each side of an axis or a diagonal
LONGEST_WAVE = 33  # pixels: what is longer is no grid, and is taken away before
UNSEEN = (0.2 / 255) ** 2 / 2  # of a wave's power: the half of it that is not its mirror image
FLATTEST = 0.25  # of the picture's area

BLOTCH_SIDE = 16  # pixels: a smaller patch is a brush mark
BLOTCH_DEVIATION = 0.02  # of brightness within such a patch
BLOTCH_CHROMA = 0.08  # the largest channel less the smallest, of its mean
BLOTCH_LIGHT = (0.15, 0.9)  # black ink and white paper are no fault

FAR = 0.15  # from the median of its surroundings: a pixel that is seen

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Artefacts:
    """The figures of one picture."""

    frame: float  # the outermost ring's step inwards, in steps between rings inside; a clean: < 2
    grid: float  # dB of the worst period's power over its neighbours'; a clean picture: < 2
    flat_grid: float  # the same in the flattest quarter of the area; a clean picture: < 3
    weave: float  # dB of fine hatching along the axes over that on the diagonals, in flat parts
    blotches: float  # share of the area that is flat and grey
    speckles: float  # share of the pixels that are alone and far from their surroundings
    clipping: float  # share of the values that are 0 or 1 once rounded to 8 bits


def artefacts(picture: Floats, content: Floats, style: Floats) -> Artefacts:
    """What `picture` has of each. Raises `ValueError` unless the content has its shape."""
    if picture.shape != content.shape:
        raise ValueError(f"the picture is {picture.shape}, the content {content.shape}")
    return Artefacts(
        frame=frame(picture, content),
        grid=grid(picture, content, style),
        flat_grid=flat_grid(picture, content, style),
        weave=weave(picture, content, style),
        blotches=blotches(picture, content, style),
        speckles=max(0.0, speckles(picture) - max(speckles(content), speckles(style))),
        clipping=max(0.0, clipping(picture) - max(clipping(content), clipping(style))),
    )


def frame(picture: Floats, content: Floats) -> float:
    """How far the outermost ring stands off, beyond how far the content's own does.

    Of rings `BAND` pixels wide the mean colour, deviation and gradient energy are compared, each
    with the ring inside it. The unit is the root mean square of those steps further inside.
    """
    return float(max(0.0, np.max(_ring_steps(picture) - _ring_steps(content))))


def grid(picture: Floats, content: Floats, style: Floats) -> float:
    """Decibels of the power at the poolings' periods over that at the frequencies beside them.

    The worst of four periods, across, down and on the diagonal, each beyond what it is in the
    content and in the style.
    """
    return _worst(*(_decibels(each) for each in (picture, content, style)))


def flat_grid(picture: Floats, content: Floats, style: Floats) -> float:
    """The same in the flattest quarter of each picture, where the eye sees a faint grid."""
    return _worst(*(_flat_decibels(each) for each in (picture, content, style)))


def weave(picture: Floats, content: Floats, style: Floats) -> float:
    """Decibels of the power along the axes over that on the diagonals, in the flattest quarter.

    What poolings leave where they do not repeat exactly: fine strokes that go across and down and
    no other way. The worst of three bands of frequency and both axes, each beyond what it is in
    the content and in the style.
    """
    return _worst(*(_axial_decibels(each) for each in (picture, content, style)))


def blotches(picture: Floats, content: Floats, style: Floats) -> float:
    """The share of the area in flat grey patches, where the content has none, less the style's."""
    new = _grey(picture) & ~_grown(_grey(content), BLOTCH_SIDE)
    return float(max(0.0, new.mean() - _grey(style).mean()))


def speckles(picture: Floats) -> float:
    """The share of pixels that are `FAR` from the median of the 5 x 5 around them, and alone.

    Alone: none of its eight neighbours is half as far from it to the same side, as a line's are.
    """
    alone = np.zeros(picture.shape[:2], bool)
    for values in (picture, -picture):
        around = _windows(values, 3).reshape(*values.shape, 9)
        # Whatever is alone stands out from all its neighbours by so much: few pixels do.
        y, x, channel = np.nonzero(values - np.delete(around, 4, -1).max(-1) > FAR / 2)
        median = np.median(_windows(values, 5)[y, x, channel].reshape(-1, 25), -1)
        far = values[y, x, channel] - median > FAR
        level = (around[y, x, channel] - median[:, np.newaxis] > FAR / 2).sum(-1) == 1
        alone[y[far & level], x[far & level]] = True
    return float(alone.mean())


def clipping(picture: Floats) -> float:
    """The share of values that are 0 or 255 once rounded."""
    levels = np.rint(picture * 255)
    return float(((levels <= 0) | (levels >= 255)).mean())


def _luma(picture: Floats) -> Floats:
    """Rec. 709, on the encoded values."""
    return np.asarray(picture @ np.array((0.2126, 0.7152, 0.0722)), np.float32)


def _ring_steps(picture: Floats) -> Floats:
    """Each property's step at the outermost ring, in those of the rings inside."""
    light = _luma(picture)
    height, width = light.shape
    y, x = np.mgrid[:height, :width]
    depth = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)) // BAND
    energy = np.square(np.gradient(light)).sum(0)
    rows = []
    for ring in range(min(RINGS, depth.max())):
        inside = depth == ring
        spread = light[inside].std(), 0.5 * np.log(energy[inside].mean() + 1e-6)
        rows.append([*picture[inside].mean(0), *spread])
    steps = np.abs(np.diff(np.array(rows), n=2, axis=0))  # a slow change is none
    usual = np.sqrt(np.square(steps[1:]).mean(axis=0))
    mean, deviation, gradient = RING_FLOORS
    floors = (mean, mean, mean, deviation, gradient)
    return np.asarray(steps[0] / np.maximum(usual, floors), np.float32)


def _decibels(picture: Floats) -> Floats:
    """By period and direction, over the whole picture."""
    light = _waves(_luma(picture))
    return _over_beside(_spectrum(light, np.ones_like(light)))


def _flat_decibels(picture: Floats) -> Floats:
    """The same in the flattest parts."""
    return _over_beside(_flat_spectrum(picture))


def _axial_decibels(picture: Floats) -> Floats:
    """By band and axis: the median power near the axis over that near the diagonals."""
    power = _flat_spectrum(picture) + UNSEEN / BLOCK
    down, across = np.meshgrid(*2 * [np.abs(np.fft.fftfreq(BLOCK))], indexing="ij")
    frequency, angle = np.hypot(down, across), np.degrees(np.arctan2(down, across))
    found = []
    for shortest, longest in BANDS:
        band = (frequency > 1 / longest) & (frequency <= 1 / shortest)
        diagonal = np.median(power[band & (np.abs(angle - 45) <= SECTOR)])
        for axis in (0, 90):
            near = np.median(power[band & (np.abs(angle - axis) <= SECTOR)])
            found.append(10 * np.log10(near / diagonal))
    return np.array(found, np.float32)


def _flat_spectrum(picture: Floats) -> Floats:
    light = _luma(picture)
    # Twice 16 wide: no period of a grid is left in what decides where it is flat.
    slope = np.hypot(*np.gradient(_box(_box(light, 16), 16)))
    flat = slope <= np.quantile(slope, FLATTEST)
    return _spectrum(_waves(light), _box(flat.astype(np.float32), BAND))


def _waves(light: Floats) -> Floats:
    """What is left without the slow changes."""
    return light - _box(_box(light, LONGEST_WAVE), LONGEST_WAVE)


def _spectrum(light: Floats, weights: Floats) -> Floats:
    """The power spectrum, (BLOCK, BLOCK): the mean over overlapping blocks under a Hann window.

    Scaled so that a sine of power 1 has a sum of 1 over its peaks. `weights` say which pixels
    count. A picture smaller than a block is mirrored.
    """
    missing = [(0, max(0, BLOCK - side)) for side in light.shape]
    light, weights = (np.pad(one, missing, "symmetric") for one in (light, weights))
    window = np.hanning(BLOCK + 1)[:-1].astype(np.float32)
    window = np.outer(window, window)
    power, total = np.zeros((BLOCK, BLOCK)), 0.0
    for top in _starts(light.shape[0]):
        for left in _starts(light.shape[1]):
            part = np.s_[top : top + BLOCK, left : left + BLOCK]
            taper = window * weights[part]
            power += np.abs(np.fft.fft2(light[part] * taper)) ** 2
            total += float(np.square(taper).sum())
    return np.asarray(power / (total * BLOCK**2), np.float32)


def _starts(length: int) -> list[int]:
    last = length - BLOCK
    return sorted({*range(0, last + 1, HOP), last})


def _worst(found: Floats, content: Floats, style: Floats) -> float:
    return max(0.0, float(np.max(found - np.maximum(0, np.maximum(content, style)))))


def _over_beside(power: Floats) -> Floats:
    """Decibels of each grid frequency's peak over what it would be without a grid.

    For every period: across, down, diagonal. Beside it is along its own line, since pictures have
    much on the axes: a curve, linear in logarithms, through the medians below and above.
    """
    at, beside = [], []
    for period in PERIODS:
        bin_ = BLOCK // period
        for down, right in ((0, 1), (1, 0), (1, 1)):
            at.append(_peak(power, down * bin_, right * bin_))
            sides = [
                (step, [_peak(power, down * (bin_ + o), right * (bin_ + o)) for o in offsets])
                for step, offsets in (
                    (-np.mean(BESIDE), [-offset for offset in BESIDE]),
                    (np.mean(BESIDE), BESIDE),
                )
            ]
            if period == 2:  # nothing lies beyond: there the spectrum is mirrored, and so level
                beside.append(float(np.median(sides[0][1])))
                continue
            known = np.log([bin_ + step for step, _ in sides])
            values = np.log([np.median(powers) + 1e-20 for _, powers in sides])
            beside.append(float(np.exp(np.interp(np.log(bin_), known, values))))
    return 10 * np.log10((np.array(at) + UNSEEN) / (np.array(beside) + UNSEEN))


def _peak(power: Floats, row: int, column: int) -> float:
    """The power in the 3 x 3 bins around a frequency: what a Hann window spreads it over."""
    around = np.arange(-1, 2)
    return float(power[np.ix_((row + around) % BLOCK, (column + around) % BLOCK)].sum())


def _grey(picture: Floats) -> Mask:
    """The pixels of every square patch, `BLOTCH_SIDE` wide, that is flat and grey."""
    light = _luma(picture)
    mean = _box(light, BLOTCH_SIDE)
    variance = _box(np.square(light - light.mean()), BLOTCH_SIDE) - np.square(mean - light.mean())
    colour = np.stack([_box(picture[..., channel], BLOTCH_SIDE) for channel in range(3)], -1)
    chroma = colour.max(-1) - colour.min(-1)
    darkest, lightest = BLOTCH_LIGHT
    grey = (variance < BLOTCH_DEVIATION**2) & (chroma < BLOTCH_CHROMA)
    return _grown(grey & (mean > darkest) & (mean < lightest), BLOTCH_SIDE)


def _grown(mask: Mask, side: int) -> Mask:
    """Whatever has a pixel of `mask` in the square of `side` around it."""
    return np.asarray(_box(mask.astype(np.float32), side) > 0.5 / side**2)


def _box(values: Floats, side: int) -> Floats:
    """The mean over squares of `side`; beyond the border the outermost value goes on."""
    before, after = side // 2, side - 1 - side // 2
    sums = np.pad(values.astype(np.float64), (before, after), "edge")
    for axis in (0, 1):
        sums = np.cumsum(sums, axis)
        zero = np.zeros_like(np.take(sums, [0], axis))
        sums = np.concatenate([zero, sums], axis)
        length = sums.shape[axis]
        sums = np.take(sums, range(side, length), axis) - np.take(sums, range(length - side), axis)
    return np.asarray(sums / side**2, np.float32)


def _windows(picture: Floats, side: int) -> Floats:
    """(height, width, 3, side, side): the values around every pixel. A view."""
    margin = side // 2
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), "reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1))
