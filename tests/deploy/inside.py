"""Runs in the finished image, beside nothing else: a stand-in for Telegram, and the bot on it.

`python inside.py ENTRYPOINT HEALTHCHECK`, both as lists in JSON. Prints what came of it, as JSON.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time

from bot.sandbox import server
from bot.sandbox.client import SandboxClient


async def main(start: list[str], health: list[str]) -> dict[str, object]:
    async with server.running(0) as sandbox, SandboxClient(sandbox.url) as person:
        token = await asyncio.to_thread(written, f"{sandbox.token}\n")
        given = {"ATELIER_TOKEN_FILE": token, "ATELIER_API_URL": sandbox.url}
        began = time.monotonic()
        bot = await asyncio.create_subprocess_exec(
            *start, env={**os.environ, **given}, stderr=asyncio.subprocess.PIPE
        )
        early = await answered(health)
        await person.send_text("/start")
        await person.wait_for(lambda messages: any(one.from_bot for one in messages), within=60)
        first = time.monotonic() - began
        while await answered(health):
            pass  # each try is a process of its own, and takes a moment
        bot.send_signal(signal.SIGTERM)
        stopping = time.monotonic()
        _, log = await asyncio.wait_for(bot.communicate(), 30)
    return {
        "health": [early, 0],
        "answered_after": first,
        "stopped_after": time.monotonic() - stopping,
        "exit_code": bot.returncode,
        "log": log.decode(),
    }


def written(secret: str) -> str:
    """A file in memory, as Docker has secrets; its path."""
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(secret)
    return file.name


async def answered(health: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(*health, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait()


if __name__ == "__main__":
    found = asyncio.run(main(json.loads(sys.argv[1]), json.loads(sys.argv[2])))
    sys.stdout.write(json.dumps(found))
