# syntax=docker/dockerfile:1
# The VirtualPTZ runner agent. How to build and run it, and why it is as it is: docs/docker.md

ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
# ffmpeg is for SRT. EXTRAS=ffmpeg,yolo brings parts under the AGPL-3.0 and gigabytes of PyTorch.
ARG EXTRAS=ffmpeg
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY deploy/constraints.txt deploy/constraints.txt
COPY core core
COPY plugins plugins
RUN python -m venv /opt/virtualptz \
    && /opt/virtualptz/bin/pip install --constraint deploy/constraints.txt ".${EXTRAS:+[$EXTRAS]}" \
    && /opt/virtualptz/bin/python -m compileall -q /opt/virtualptz/lib

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="VirtualPTZ runner agent" \
      org.opencontainers.image.description="Cuts a moving broadcast window out of a fixed wide camera" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.documentation="docs/docker.md"
# A job outlives an agent that dies, and is then a child of the first process, which has to reap it: tini does.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 9001 virtualptz \
    && useradd --uid 9001 --gid 9001 --no-create-home --home-dir /var/lib/virtualptz --shell /usr/sbin/nologin virtualptz \
    && install -d -m 700 -o virtualptz -g virtualptz /var/lib/virtualptz
COPY --from=build /opt/virtualptz /opt/virtualptz
ENV PATH=/opt/virtualptz/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RUNNER_STATE_DIR=/var/lib/virtualptz/state \
    RUNNER_CONFIG=/etc/virtualptz/runner.toml
USER 9001:9001
WORKDIR /var/lib/virtualptz
VOLUME /var/lib/virtualptz
EXPOSE 9001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:9001/healthz', timeout=2)"]
ENTRYPOINT ["tini", "--", "virtualptz"]
CMD ["serve", "--host", "0.0.0.0", "--port", "9001"]
