"""The parts that every method works on, in one hand. No logic."""

from dataclasses import dataclass

from bot.sandbox.files import FileStore
from bot.sandbox.state import World
from bot.sandbox.updates import UpdateQueue


@dataclass(frozen=True)
class Service:
    """One sandbox: who is there, their files, and the updates for the bot."""

    world: World
    files: FileStore
    updates: UpdateQueue
    token: str
