"""What the bot's end of a check asks the engine's, and how long each answer may take. Pure."""

from dataclasses import dataclass

# The parts of the answer, in their order, and seconds; the second begins with loading TensorFlow.
PARTS = {"weights": 60.0, "device": 180.0, "memory": 30.0, "styles": 180.0, "painting": 300.0}


@dataclass(frozen=True)
class Questions:
    """What of the settings, and of the moment, the answers depend on."""

    size: int  # pixels
    max_size: int
    quality: str
    workers: int
    styles_dir: str | None
    running: bool  # a bot is at work beside
    quick: bool  # without a trial painting

    def parts(self) -> list[str]:
        """Those that are asked for: one answer each."""
        left_out = {"styles"} if self.styles_dir is None else set()
        left_out |= {"painting"} if self.quick else set()
        return [part for part in PARTS if part not in left_out]
