"""Puts the service together, starts it and stops it. Knows every part, does nothing itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from bot import cache, gallery_keeper, gauges, intake, lock, menu, shrinking, sweeping
from bot.database import Database, opened
from bot.decision import Policy
from bot.deliveries import Deliveries
from bot.dispatcher import Dispatcher
from bot.errors import AtelierError
from bot.executors.base import Executor
from bot.fairness import Limits
from bot.files import Files
from bot.gateway import Gateway
from bot.gateway_errors import ChatGone
from bot.handlers import Handlers
from bot.health import Health
from bot.inbox import StoredUpdate
from bot.painting import Painter
from bot.processor import Processor
from bot.reactions import Reactions
from bot.room import Room
from bot.settings import Settings
from bot.status import StatusBoard
from bot.whereabouts import Whereabouts

log = structlog.get_logger(__name__)

WHERE_TOKENS_COME_FROM = (
    "There is no token. Write to @BotFather in Telegram, send /newbot, and put the token it gives "
    "you into ATELIER_TOKEN or the file .env. To try everything without Telegram: atelier sandbox"
)
NO_RAY = (
    "ATELIER_EXECUTOR is `ray`, which is not installed: add the extra `ray`, as in "
    "`uv sync --extra ray`."
)

Put = Callable[[Sequence[StoredUpdate]], None]
Receive = Callable[[Gateway, Database, Put], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class App:
    """A running service."""

    username: str
    database: Database
    intake: "asyncio.Task[None]"

    async def failed(self) -> None:
        """Wait for ever, or until the service cannot go on. Raises `AtelierError` then."""
        lost = asyncio.create_task(self.database.lost())
        try:
            await asyncio.wait({self.intake, lost}, return_when=asyncio.FIRST_COMPLETED)
            for one in (self.intake, lost):
                if one.done():
                    one.result()
        finally:
            lost.cancel()


@asynccontextmanager
async def running(settings: Settings, executor: Executor | None = None) -> AsyncIterator[App]:
    """The whole service, from its start to a clean stop within ten seconds.

    Raises `AtelierError` where it cannot start. Waits for Telegram as long as it takes.
    """
    if settings.token is None:
        raise AtelierError(WHERE_TOKENS_COME_FROM)
    files = Files(settings.data_dir / "files")
    async with AsyncExitStack() as stack:
        stack.enter_context(lock.held(settings.data_dir))
        files.prepare()
        database = await stack.enter_async_context(opened(settings.database()))
        await asyncio.to_thread(shrinking.convert, settings.database())
        health = Health(database)
        receive = await _served(stack, settings, health)
        gateway = Gateway(settings.token.get_secret_value(), settings.api_url)
        stack.push_async_callback(gateway.close)
        # The worker warms up while Telegram is asked for the bot's name.
        if executor is None:
            executor = await asyncio.to_thread(_default_executor, settings)
        await executor.start()
        stack.push_async_callback(executor.close)
        username = await intake.connect(gateway)
        health.connected = True
        processor, health.dispatcher = await _start(
            stack, settings, executor, database, files, gateway, username
        )
        receiving = _begun(stack, receive(gateway, database, processor.put))
        _begun(stack, gallery_keeper.keep(database, files, settings.styles_dir))
        _begun(stack, menu.publish(gateway.profile, settings.admins))
        log.info("the bot is ready", username=username)
        yield App(username, database, receiving)


async def _start(
    stack: AsyncExitStack,
    settings: Settings,
    executor: Executor,
    database: Database,
    files: Files,
    gateway: Gateway,
    username: str,
) -> tuple[Processor, Dispatcher]:
    """Start the parts, last in the chain first; the stack stops them in the other order."""

    async def on_gone(chat_id: int, error: ChatGone) -> None:
        await whereabouts.refused(chat_id, error)

    reactions = Reactions(gateway)
    stack.push_async_callback(reactions.stop)
    board = StatusBoard(gateway, database, reactions, on_gone)
    stack.push_async_callback(board.stop)
    deliveries = Deliveries(database, files, gateway, board, reactions, on_gone)
    stack.push_async_callback(deliveries.stop)
    painter = Painter(database, files, executor, board, deliveries.wake, films=settings.timelapse)
    dispatcher = Dispatcher(database, executor, painter, board, settings.workers)
    stack.push_async_callback(dispatcher.stop)
    whereabouts = Whereabouts(database, gateway, dispatcher.cancel, dispatcher.wake)
    room = Room(database, files, settings.ceiling())
    handlers = Handlers(
        database,
        files,
        gateway,
        room,
        _policy(settings),
        username,
        reactions,
        whereabouts,
        on_queue_change=dispatcher.wake,
        on_cancelled=dispatcher.cancel,
        on_finish=dispatcher.finish,
        on_deliveries=deliveries.wake,
    )
    await asyncio.to_thread(cache.recipe)  # reads the engine's sources, for all that comes
    processor = Processor(database, handlers)
    stack.push_async_callback(processor.stop)
    await deliveries.start()
    await dispatcher.start()
    await processor.start()
    _begun(stack, gauges.watch(database, settings.data_dir, settings.ceiling()))
    _begun(stack, sweeping.keep(database, files, room, settings.retention_hours))
    return processor, dispatcher


async def _served(stack: AsyncExitStack, settings: Settings, health: Health) -> Receive:
    """Serve HTTP, where that is asked for. Returns what takes updates: polling, or a webhook."""
    address, hook = settings.address(), settings.webhook()
    health.announced = hook is None
    if address is None:
        return intake.poll
    from bot import web
    from bot.webhook import Webhook

    webhook = Webhook(hook, health) if hook else None
    await stack.enter_async_context(web.running(address, health, webhook))
    return webhook.receive if webhook else intake.poll


def _default_executor(settings: Settings) -> Executor:
    if settings.executor == "ray":
        return _ray_executor(settings)
    from bot.executors.process import ProcessExecutor

    return ProcessExecutor(settings.workers)


def _ray_executor(settings: Settings) -> Executor:
    try:
        from bot.executors.ray_executor import RayExecutor
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise AtelierError(NO_RAY) from None
    return RayExecutor(
        settings.ray_address,
        slots=settings.workers,
        cpus=settings.ray_cpus,
        gpus=settings.ray_gpus,
    )


def _policy(settings: Settings) -> Policy:
    options = {"size": settings.size, "quality": settings.quality}
    return Policy(
        limits=Limits(
            per_person=settings.max_jobs_per_user,
            per_group=settings.max_jobs_per_group,
            in_all=settings.max_jobs,
            per_day=settings.max_jobs_per_day,
        ),
        options=options,
        max_size=settings.max_size,
        slots=settings.workers,
        admins=frozenset(settings.admins),
        kept_days=settings.kept_days(),
        allowed=frozenset(settings.allowed_chats),
    )


def _begun(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """In the background, until the stack ends."""
    task = asyncio.create_task(work)
    stack.push_async_callback(_cancelled, task)
    return task


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
