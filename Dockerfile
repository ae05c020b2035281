# syntax=docker/dockerfile:1
# One image a deployable, with its own code, the chassis and the contracts, and nobody else's:
#   docker build --build-arg SERVICE=services/enrollment --build-arg ENTRY=services.enrollment.service:EnrollmentService \
#     --target seeded -t coalizione-enrollment .
# SERVICE is the directory, ENTRY what the runner runs. Targets: service; seeded (with the registry of municipalities, for
# enrollment, scheduling and the gateway's maps); setup (all code, for the one-shot that makes databases and runs migrations).

FROM python:3.13-slim-bookworm AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.lock

FROM python:3.13-slim-bookworm AS base
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin app \
    && mkdir /state /mailbox \
    && chown app /state /mailbox
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    STATE_DIR=/state
WORKDIR /app
COPY contracts contracts
COPY chassis chassis

FROM base AS setup
COPY services services
COPY gateway gateway
COPY mailbox mailbox
COPY seeds seeds
COPY embedded embedded
COPY deploy deploy
USER 10001
CMD ["python", "-m", "deploy.setup"]

FROM base AS own
ARG SERVICE
ARG ENTRY
COPY services/__init__.py services/
COPY ${SERVICE} ${SERVICE}
ENV ENTRY=${ENTRY} \
    HEALTH_PORT=8080 \
    HEALTH_URL=http://127.0.0.1:8080/readyz
USER 10001
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['HEALTH_URL'], timeout=4)"]
CMD ["sh", "-c", "exec python -m chassis.runner \"$ENTRY\""]

FROM own AS seeded
COPY seeds seeds

FROM own AS service
