"""A stage whose bot paints on a Ray cluster: nodes on this machine that come and go. Needs Ray."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from tests.bot.executors.clusters import environment
from tests.faults import ledger, processes
from tests.faults.judge import Kill
from tests.faults.lives import Nursery
from tests.faults.matrix import Victim
from tests.faults.scene import PATIENCE, Scene, opened_as
from tests.faults.studio import Painting

HEAD: dict[str, Any] = {"num_cpus": 0, "include_dashboard": False, "node_ip_address": "127.0.0.1"}


class RayScene(Scene):
    """The head paints nothing, as the bot's own node; every other node paints one at a time.

    What the cluster starts knows the studio's port: by that, all of a scene is found and ended.
    """

    def __init__(
        self, nursery: Nursery, sandbox: server.Sandbox, person: SandboxClient, folder: Path
    ) -> None:
        super().__init__(nursery, sandbox, person, folder)
        self.holds_at: int | None = None  # the step at which paintings wait to be released
        self._released = asyncio.Event()
        self._cluster: Any = None
        self._address = ""
        self._folder = ""

    async def open(self, folder: str) -> None:
        """Start the head; what Ray writes goes into `folder`."""
        from ray.cluster_utils import Cluster

        self._folder = folder
        self._cluster = Cluster(shutdown_at_exit=False)
        await self.start_head()

    async def start(self, *command: str, **environment: str) -> None:
        """A life of the bot begins, which knows the cluster."""
        rays = {name: value for name, value in os.environ.items() if name.startswith("RAY_")}
        settings = {"ATELIER_EXECUTOR": "ray", "ATELIER_RAY_ADDRESS": self._address}
        await super().start(*command, **{**rays, **settings, **environment})

    @property
    def head(self) -> Any:
        """The node where the bot is."""
        return self._cluster.head_node

    async def start_head(self) -> None:
        """Where the one before it was."""
        port = {"gcs_server_port": int(self._address.split(":")[1])} if self._address else {}
        await asyncio.to_thread(self._cluster.add_node, **HEAD, **port, temp_dir=self._folder)
        self._address = self._cluster.address

    async def add_node(self) -> Any:
        """One that paints, and that the cluster knows."""
        return await asyncio.to_thread(self._cluster.add_node)

    async def lose(self, node: Any, victim: Victim = Victim.WORKER) -> None:
        """Kill all of a node, as if its machine had lost power."""
        self.note(victim)
        await asyncio.to_thread(self._cluster.remove_node, node, allow_graceful=False)

    def note(self, victim: Victim) -> None:
        """Something will be killed now. Until it is, nothing may change."""
        self.kills.append(Kill(time.time(), victim, ledger.read(self.data)))
        self.disturbed.set()

    @staticmethod
    def raylet_of(node: Any) -> int:
        """A node's own process, which starts the others there."""
        return int(node.all_processes["raylet"][0].process.pid)

    async def painting(self, number: int) -> Painting:
        """Wait until so many were begun; the latest."""
        await self.until(lambda _: len(self.studio.paintings) >= number)
        return self.studio.paintings[number - 1]

    async def ended(self, pid: int) -> float:
        """Wait until the bot, or a node's own process, has ended by itself: when it had."""
        assert await processes.ended(pid, PATIENCE), f"{pid} lives on"
        return time.time()

    def release(self) -> None:
        """Let all paintings go on."""
        self._released.set()

    def family(self) -> dict[int, str]:
        """Of the cluster's processes those that paint: they end with the bot."""
        return {pid: name for pid, name in super().family().items() if ".executors." in name}

    async def close(self) -> None:
        """Leave nothing behind, of Ray neither."""
        await super().close()
        for pid in processes.marked(f"STUDIO_PORT={self.studio.port}"):
            processes.kill(pid)

    async def _permit(self, painting: Painting, step: int) -> str:
        if step == self.holds_at:
            await self._released.wait()
        return await super()._permit(painting, step)


@asynccontextmanager
async def on_a_cluster(nursery: Nursery, folder: Path) -> AsyncIterator[RayScene]:
    """A stage with a head, without other nodes and without a bot. Skips where Ray is not there."""
    with environment() as rays_folder:
        async with opened_as(RayScene, nursery, folder) as scene:
            with patch.dict(os.environ, {"STUDIO_PORT": str(scene.studio.port)}):
                await scene.open(rays_folder)
                yield scene
