"""Where jobs are painted: one interface, several executors."""

import os

# Under `uv run` Ray would send the working folder to every node, with the data and the settings in
# it; and to read a database's files in its own process is to lose SQLite's locks on them. Ray looks
# at this when it is loaded, which each module here may be the first to do.
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
