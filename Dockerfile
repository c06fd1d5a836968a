# Everything is built and downloaded in the first stage; what runs has no compiler, no pip cache, no root.
#
#   docker build -t polygist .                       # all engines, and what builds models
#   docker build -t polygist:slim --target slim .    # without torch: serves with OpenVINO or CTranslate2
#   docker run --rm --read-only --tmpfs /tmp -p 50051:50051 -p 9464:9464 polygist
#
# The default index serves torch with CUDA libraries on x86-64. For a far smaller image without them, hand in an
# index with CPU builds: --build-arg EXTRA_INDEX_URL=... The slim one has neither, whatever the index.
# deploy/image/prove builds both and runs the demo in them, with Docker or with Podman.
#
# The packages have a layer of their own: a change of the code installs none of them anew.
FROM python:3.11-slim-bookworm AS packages
ARG EXTRA_INDEX_URL=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_EXTRA_INDEX_URL=${EXTRA_INDEX_URL}
WORKDIR /src
COPY pyproject.toml constraints.txt ./
COPY supply/__init__.py supply/install.py supply/reach.py ./supply/

FROM packages AS wheel
RUN python -m venv /opt/build
ENV PATH=/opt/build/bin:$PATH
RUN python -m supply.install build-system
COPY README.md LICENSE ./
COPY models ./models
COPY service ./service
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /dist .

FROM packages AS build
# batch: Parquet. ray: batch jobs on a Ray cluster, whose nodes run this image, too: --build-arg EXTRAS=batch,ray
ARG EXTRAS=batch
RUN python -m venv /opt/polygist
ENV PATH=/opt/polygist/bin:$PATH
RUN python -m supply.install dependencies,${EXTRAS}
COPY --from=wheel /dist /dist
RUN pip install --no-deps /dist/*.whl && pip check
# The model is part of the image: nothing is fetched when the container runs.
RUN POLYGIST_CACHE_DIR=/opt/models polygist models build embedded

FROM build AS build-slim
COPY deploy/image/slim.py ./
RUN python slim.py /opt/models

FROM python:3.11-slim-bookworm AS runtime
RUN useradd --system --uid 10001 --create-home polygist
# GRPC_VERBOSITY: else gRPC writes a line of its own for each handshake that fails.
# Inside a container loopback reaches nobody, and the network around it is not known here: POLYGIST_INSECURE says aloud
# that both ports speak plain text to it. For TLS set POLYGIST_TLS_CERTIFICATE and POLYGIST_TLS_KEY (and those of
# METRICS), and POLYGIST_INSECURE=false so that nothing falls back; see docs/access.md.
ENV PATH=/opt/polygist/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    GRPC_VERBOSITY=ERROR \
    POLYGIST_CACHE_DIR=/opt/models \
    POLYGIST_HOST=0.0.0.0 \
    POLYGIST_METRICS_HOST=0.0.0.0 \
    POLYGIST_INSECURE=true
USER 10001
EXPOSE 50051 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["polygist", "health"]
ENTRYPOINT ["polygist"]
CMD ["serve"]

FROM runtime AS slim
COPY --from=build-slim /opt/polygist /opt/polygist
COPY --from=build-slim /opt/models /opt/models

FROM runtime AS full
COPY --from=build /opt/polygist /opt/polygist
COPY --from=build /opt/models /opt/models
