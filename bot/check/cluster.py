"""`python -m bot.check.cluster QUESTIONS`: whether paintings have room on the Ray cluster.

Joins it, looks at its nodes, and leaves; runs nothing there. In place of `bot.check.probe` where
the executor is `ray`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.check import styles
from bot.check.finding import Finding, fail, note, ok
from bot.check.questions import Questions, answer
from bot.executors.ray_room import room
from nst import limits


def main() -> None:
    """Answer, and end."""
    limits.enforce()
    answer(answers)


def answers(asked: Questions) -> Iterator[Finding]:
    """A finding for each of `asked.parts()`."""
    yield _cluster(asked)
    if asked.styles_dir is not None:
        yield styles.look(Path(asked.styles_dir))


def _cluster(asked: Questions) -> Finding:
    try:
        import ray

        from bot.executors.ray_cluster import join, nodes
    except ImportError:
        from bot.app import NO_RAY

        return fail("cluster", NO_RAY)
    try:
        join(asked.ray_address)
        there = nodes()
    except Exception as error:  # what Ray raises here has no class in common
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return fail(
            "cluster",
            f"it cannot be joined: {said}\nsee that Ray runs on this machine (`ray start "
            "--num-cpus 0 --address HOST:PORT`), and ATELIER_RAY_ADDRESS",
        )
    finally:
        ray.shutdown()
    return _room(asked, [*there.values()])


def _room(asked: Questions, nodes: Sequence[Mapping[str, float]]) -> Finding:
    """What the nodes have, against what a painting takes."""
    cpus, gpus = (sum(one.get(name, 0.0) for one in nodes) for name in ("CPU", "GPU"))
    has = f"{len(nodes)} nodes with {cpus:g} processors and {gpus:g} GPUs"
    paintings = sum(room(one, asked.ray_cpus, asked.ray_gpus) for one in nodes)
    takes = f"a painting takes {asked.ray_cpus:g} processors and {asked.ray_gpus:g} GPUs of one"
    if paintings < 1:
        return fail(
            "cluster",
            f"{has}: {takes}, which none has: start one, or set ATELIER_RAY_CPUS or "
            "ATELIER_RAY_GPUS lower",
        )
    if paintings < asked.workers:
        return note(
            "cluster",
            f"{has}: {takes}, so there is room for {paintings:g} of the {asked.workers} at a time "
            "that ATELIER_WORKERS asks for",
        )
    return ok("cluster", f"{has}: {takes}")


if __name__ == "__main__":
    main()
