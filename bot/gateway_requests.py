"""The HTTP of the gateway, counted and timed by method and outcome."""

from typing import Any

from telegram.request import HTTPXRequest

from bot import metrics


class MeasuredRequest(HTTPXRequest):
    """As its base does it, with the time on the wire alone: no turn that was waited for."""

    async def do_request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """Make the request; see the base."""
        with metrics.api_call(url.rpartition("/")[2]) as call:
            code, payload = await super().do_request(url, method, *args, **kwargs)
            call.answered(code)
        return code, payload
