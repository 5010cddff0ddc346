# The line in an image: station, workers and command line, as an ordinary user, on a read-only root.
#   docker build -t sohoa .        or, without a daemon:  make image
#   docker run --read-only --tmpfs /tmp -v sohoa-data:/var/lib/sohoa sohoa work
# All of it together, on servers of its own: compose.yaml.
# BASE is Debian 12 in any form; its package sources and trust anchors are used as they are.
ARG BASE=debian:12-slim

FROM ${BASE} AS build
# Where packages come through a proxy, the anchors that pip shall trust.
ARG PIP_CERT
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/sohoa
COPY requirements-run.lock ./
# The lock is complete, and leaves out what pip would add by itself (pyproject.toml, tool.uv): hence --no-deps.
RUN python3 -m venv .venv && .venv/bin/pip install --quiet --no-cache-dir --no-compile --require-hashes --no-deps -r requirements-run.lock
COPY pyproject.toml README.md ./
COPY schemas schemas
COPY pipeline pipeline
COPY workers workers
COPY samples samples
# The project stays beside its environment, found through a path file: nothing is built, nothing is fetched.
RUN echo /opt/sohoa > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/sohoa.pth" \
 && printf '#!/bin/sh\nexec /opt/sohoa/.venv/bin/python -m workers.cli "$@"\n' > .venv/bin/sohoa && chmod 755 .venv/bin/sohoa \
 && .venv/bin/python -m compileall -q .venv schemas pipeline workers samples

FROM ${BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
      python3 ca-certificates tesseract-ocr tesseract-ocr-vie tesseract-ocr-osd poppler-utils \
      libxcb1 libgl1 libglib2.0-0 softhsm2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /var/lib/sohoa --create-home --shell /usr/sbin/nologin sohoa \
 && install -d -o 10001 -g 10001 -m 700 /var/lib/sohoa/metrics
COPY --from=build /opt/sohoa /opt/sohoa
COPY --chmod=755 deploy/healthy /usr/local/bin/healthy
ENV PATH=/opt/sohoa/.venv/bin:$PATH SOHOA_DATA_DIR=/var/lib/sohoa PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LANG=C.UTF-8
USER 10001
WORKDIR /var/lib/sohoa
VOLUME /var/lib/sohoa
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["healthy"]
ENTRYPOINT ["sohoa"]
CMD ["work"]
