"""The styles' names, titles and painters. Pure; nothing is imported until a style is rendered."""

from importlib import import_module

from PIL import Image

STYLES: dict[str, tuple[str, str]] = {  # name: (title, "module:function")
    "nocturne": ("Nocturne in oil", "oils:nocturne"),
    "waves": ("Woodblock waves", "woodblock:waves"),
    "stained-glass": ("Stained glass", "glass:stained_glass"),
    "mosaic": ("Mosaic", "tesserae:mosaic"),
    "birches": ("Autumn birches in oil", "knife:birches"),
    "engraving": ("Cross-hatched engraving", "engraving:engraving"),
    "marbling": ("Marbled paper", "marbling:marbling"),
    "watercolour": ("Watercolour poppies", "watercolour:watercolour"),
    "pointillism": ("Pointillism", "pointillism:pointillism"),
    "cubism": ("Cubist planes", "planes:cubism"),
    "neon": ("Neon in the rain", "neon:neon"),
    "art-deco": ("Art deco poster", "poster:art_deco"),
    "tapestry": ("Tapestry", "cloth:tapestry"),
    "linocut": ("Linocut", "linocut:linocut"),
    "ink-wash": ("Ink wash", "sumi:ink_wash"),
    "risograph": ("Risograph", "risograph:risograph"),
    "aurora": ("Aurora, palette knife", "knife:aurora"),
    "suminagashi": ("Floating ink", "marbling:suminagashi"),
}


def render(name: str, size: int) -> Image.Image:
    """The style `name` (one of `STYLES`), RGB, its long side `size` pixels."""
    module, function = STYLES[name][1].split(":")
    painter = getattr(import_module(f"nst.gallery.{module}"), function)
    picture: Image.Image = painter(size)
    return picture
