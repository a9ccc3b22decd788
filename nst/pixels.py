"""Any decoded picture to one kind: upright, sRGB, 8 bit, mode RGB, alpha over white. Pure."""

import io

import numpy as np
from PIL import ExifTags, Image, ImageCms

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What each further mode of Pillow's turns into; L, LA, RGB, RGBA and CMYK stay.
_PLAIN = {"1": "L", "La": "LA", "P": "RGB", "PA": "RGBA", "RGBa": "RGBA"}


def normalise(image: Image.Image, size: tuple[int, int] | None = None) -> Image.Image:
    """A new picture, upright, in sRGB, mode RGB; of `size` before it is turned, where given.

    `image` is loaded and otherwise left as it is. Nothing of its metadata stays.
    """
    image.load()
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    plain = _plain(image)
    if size is not None:  # before the rest, which needs several copies
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    rgb = _over_white(plain, profile)
    if orientation in _UPRIGHT:
        rgb = rgb.transpose(_UPRIGHT[orientation])
    if rgb is image:
        rgb = image.copy()
    rgb.info = {}
    return rgb


def _orientation(image: Image.Image) -> int | None:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # damaged EXIF data, which says nothing about the picture
        return None
    return value if isinstance(value, int) else None


def _plain(image: Image.Image) -> Image.Image:
    """One of the modes L, LA, RGB, RGBA and CMYK: palettes looked up, 16 bit scaled."""
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    if image.mode in ("1", "L", "RGB", "P") and "transparency" in image.info:
        return image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert(_PLAIN.get(image.mode, "RGB"))


def _from_16_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    # The high byte: exact for 8-bit values that were widened (x * 257), and as Pillow itself
    # does it for 16-bit RGB.
    grey = Image.fromarray((np.clip(values, 0, 65535) >> 8).astype(np.uint8))
    if isinstance(transparent := image.info.get("transparency"), int):
        grey.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return grey


def _over_white(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return _to_srgb(image, profile)
    colours = _to_srgb(image.convert(image.mode[:-1]), profile)
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=image.getchannel("A"))
    return white


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """From L, RGB or CMYK. A profile that is damaged, or of another mode, is ignored."""
    if profile:
        try:
            return ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                image.mode,
                "RGB",
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                ImageCms.Flags.BLACKPOINTCOMPENSATION,
            ).apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image if image.mode == "RGB" else image.convert("RGB")
