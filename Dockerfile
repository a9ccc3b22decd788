# Atelier in an image: the bot, the engine and its weights. Needs nothing from outside but Telegram.
#
#   docker build -t atelier:cpu .
#   docker build -t atelier:gpu --build-arg ACCELERATOR=gpu .     # an NVIDIA GPU; larger by gigabytes
#   docker build -t atelier:ray --build-arg CLUSTER=ray .         # for a node of a Ray cluster
#
# Every package is named with its hash: see docs/contributing.md on the lock files.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY requirements-build.lock ./
RUN python -m pip install --require-hashes --only-binary :all: -r requirements-build.lock \
    && python -m venv --without-pip /opt/atelier

# A lock is complete. What packages ask for besides (torch, for one) is not used.
COPY requirements.lock ./
RUN uv pip install --python /opt/atelier --no-deps --no-build --require-hashes -r requirements.lock
ARG ACCELERATOR=cpu
COPY requirements-gpu.lock ./
RUN case "${ACCELERATOR}" in \
        cpu) ;; \
        gpu) uv pip install --python /opt/atelier --no-deps --no-build --require-hashes \
            -r requirements-gpu.lock ;; \
        *) echo "ACCELERATOR is cpu or gpu, not ${ACCELERATOR}." >&2; exit 1 ;; \
    esac

# This lock holds the first one, too: what is there already stays.
ARG CLUSTER=none
COPY requirements-ray.lock ./
RUN case "${CLUSTER}" in \
        none) ;; \
        ray) uv pip install --python /opt/atelier --no-deps --no-build --require-hashes \
            -r requirements-ray.lock ;; \
        *) echo "CLUSTER is none or ray, not ${CLUSTER}." >&2; exit 1 ;; \
    esac

COPY pyproject.toml README.md LICENSE ./
COPY nst ./nst
COPY bot ./bot
RUN python -m hatchling build -t wheel -d dist \
    && uv pip install --python /opt/atelier --no-deps --offline dist/*.whl

FROM python:${PYTHON}-slim-trixie
LABEL org.opencontainers.image.title="Atelier" \
      org.opencontainers.image.description="A Telegram bot that repaints a photo in the style of another" \
      org.opencontainers.image.licenses="MIT"
# The image brings the standard library without bytecode, and nobody may write any later.
RUN groupadd --gid 10001 atelier \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin \
        atelier \
    && install -d -m 0700 -o 10001 -g 10001 /data \
    && python -m compileall -q -x '/(site-packages|idlelib|lib2to3|test|turtledemo)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/atelier /opt/atelier
ENV PATH=/opt/atelier/bin:${PATH} \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ATELIER_CACHE=/data/cache \
    ATELIER_DATA_DIR=/data \
    ATELIER_LISTEN=0.0.0.0:8080
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['ATELIER_LISTEN'].rpartition(':')[2]), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["atelier"]
CMD ["run"]
