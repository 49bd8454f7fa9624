# syntax=docker/dockerfile:1.9
# One image for every part: `floorbook serve api`, `relay`, `worker`, `beat`. No server is in it, and nothing runs as root.

FROM node:24-alpine AS pages
WORKDIR /pages
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM python:3.12-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /source
COPY requirements-setup.lock requirements.lock ./
RUN pip install --require-hashes -r requirements-setup.lock \
    && uv venv /opt/floorbook \
    && uv pip install --python /opt/floorbook/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY backend backend
COPY etl etl
COPY workers workers
COPY mobile_mock mobile_mock
COPY sample_store sample_store
COPY cli cli
RUN uv pip install --python /opt/floorbook/bin/python --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent floorbook
COPY --from=packages /opt/floorbook /opt/floorbook
COPY --from=pages /pages/node_modules /opt/pages
ENV PATH=/opt/floorbook/bin:$PATH FLOORBOOK_ASSETS=/opt/pages PYTHONUNBUFFERED=1
USER 10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["floorbook", "serve", "api", "--host", "0.0.0.0", "--port", "8000"]
