# The operator's image: a wheel built from source, and its locked dependencies checked by hash, on a slim Python.
#
#   docker build --tag <your registry>/mwaa-operator:0.1.0 .
#
# The base is a tag, which its publisher moves. For a build that can be repeated, pass the digest that you have checked:
# --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:…
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# Dependencies first: they change less often than the source.
COPY requirements/run.txt requirements/dev.txt requirements/
RUN python -m venv --without-pip /opt/mwaa-operator \
 && pip --python /opt/mwaa-operator install --require-hashes --only-binary :all: --requirement requirements/run.txt \
 && sed -nE '/^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/,/[^\\]$/p' requirements/dev.txt > build.txt \
 && pip install --require-hashes --only-binary :all: --requirement build.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/mwaa-operator install --no-deps --no-index dist/*.whl \
 && /opt/mwaa-operator/bin/mwaa-operator --version

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="mwaa-operator" \
      org.opencontainers.image.description="A Kubernetes operator for Amazon MWAA" \
      org.opencontainers.image.licenses="Apache-2.0"
# No source tree, no build tool: only what was installed.
COPY --from=build /opt/mwaa-operator /opt/mwaa-operator
ENV PATH=/opt/mwaa-operator/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that the kubelet can see that it is not root; the chart sets the same one.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["mwaa-operator"]
CMD ["run"]
