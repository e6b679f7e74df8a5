"""The settings of an installation: one declaration each, read once from four places.

The command line comes before the environment (`BCC_DROPBOX_*`), that before the TOML file named by
`BCC_DROPBOX_CONFIG` (or `./bcc-dropbox.toml`), that before the defaults.

To add a setting, declare it in `Settings` and run `python -m config.reference`: the environment
variable, the messages, `config show`, `config/example.toml` and `docs/settings.md` follow from the
declaration.
"""

import difflib
import functools
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.values import (
    Choice,
    DatabaseUrl,
    Domains,
    Endpoints,
    FileMode,
    Folder,
    Group,
    MailDomain,
    Nameservers,
    Networks,
    OptionalEndpoints,
    OptionalFile,
    OptionalFolder,
    RelayUrl,
    ServerNames,
    Sockets,
    Takes,
    WholeNumber,
    YesOrNo,
    as_text,
)

PREFIX = "BCC_DROPBOX_"
FILE_VARIABLE = "BCC_DROPBOX_CONFIG"
DEFAULT_FILE = Path("bcc-dropbox.toml")


class ConfigError(Exception):
    """A setting that cannot be used. As text: one line, free of secrets, that says which."""


def setting(
    meaning: str,
    default: Any,
    *,
    unit: str = "",
    minimum: int | None = None,
    maximum: int | None = None,
    default_words: str | None = None,
    example: str | None = None,
) -> Any:
    """Declare one setting.

    A callable `default` works it out from the settings declared before; the documentation shows
    `default_words` in its place, and an `example`.
    """
    extra: JsonDict = {"unit": unit, "default_words": default_words, "example": example}
    kind = "default_factory" if callable(default) else "default"
    field: Any = functools.partial(Field, ge=minimum, le=maximum, json_schema_extra=extra)
    return field(description=meaning, **{kind: default})


class Settings(BaseSettings):
    """Every setting of an installation, each in its final type. Frozen; made by `load` alone."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    _sources: Mapping[str, str] = PrivateAttr(default_factory=dict)

    database_url: DatabaseUrl = setting(
        "The Postgres that holds everything; nothing: an embedded one in the data folder",
        SecretStr(""),
    )
    data_dir: Folder = setting(
        "Folder of the embedded Postgres, and nothing else that matters",
        Path("~/.local/share/bcc-dropbox"),
        default_words="~/.local/share/bcc-dropbox",
    )
    mail_domain: MailDomain = setting("Domain of the dropbox addresses", "dropbox.example")
    smtp_listen: Endpoints = setting("Where SMTP is served", "127.0.0.1:2525")
    lmtp_listen: Sockets = setting(
        "Where LMTP is served, for a mail server of one's own in front",
        (),
    )
    lmtp_socket_mode: FileMode = setting(
        "Mode of the unix sockets of LMTP: whoever may write may connect", "0660"
    )
    lmtp_socket_group: Group = setting(
        "Group of the unix sockets of LMTP, one that the daemon's user is in; nothing: that user's "
        "own, or that of a folder with the setgid bit",
        "",
    )
    smtps_listen: OptionalEndpoints = setting(
        "Where SMTP is served with TLS from the first byte", ()
    )
    proxy_listen: OptionalEndpoints = setting(
        "Where SMTP is served behind a balancer: a PROXY header is required, from trusted "
        "networks only",
        (),
    )
    admin_listen: OptionalEndpoints = setting(
        "Where metrics and health are served by HTTP, to whoever asks: keep it to loopback or a "
        "network of one's own",
        (),
    )
    tls_cert: OptionalFile = setting(
        "Certificate chain for STARTTLS and implicit TLS, PEM; read again on SIGHUP",
        None,
    )
    tls_key: OptionalFile = setting(
        "Key of the certificate, PEM; read again on SIGHUP",
        None,
    )
    require_tls: YesOrNo = setting("Refuse mail that comes by SMTP without TLS", default=False)
    workers: WholeNumber = setting(
        "Daemon processes that share the ports", 1, unit="processes", minimum=1, maximum=64
    )
    max_message_bytes: WholeNumber = setting(
        "Largest mail taken, as it is on the wire; told to senders as SIZE",
        47_185_920,
        unit="bytes",
        minimum=65_536,
        maximum=1_073_741_824,
    )
    memory_budget_bytes: WholeNumber = setting(
        "Mail held in memory, and not in spill files, by the whole daemon",
        268_435_456,
        unit="bytes",
        minimum=16_777_216,
        maximum=1_099_511_627_776,
    )
    spill_dir: Folder = setting(
        "Folder of the unlinked temporary files of large mail; no room there puts senders off",
        lambda values: values["data_dir"] / "spill",
        default_words="DATA_DIR/spill",
        example="/var/tmp/bcc-dropbox",  # noqa: S108 - for the documentation
    )
    bare_newline: Annotated[Literal["normalize", "reject"], Choice] = setting(
        "What becomes of mail with a bare CR or LF in it", "normalize"
    )
    max_connections: WholeNumber = setting(
        "Connections open at once, for the whole daemon",
        1000,
        unit="connections",
        minimum=1,
        maximum=1_000_000,
    )
    max_connections_per_peer: WholeNumber = setting(
        "Connections open at once from one address outside the trusted networks",
        50,
        unit="connections",
        minimum=1,
        maximum=1_000_000,
    )
    max_recipients: WholeNumber = setting(
        "Recipients of one mail; further ones are put off (452)",
        100,
        unit="recipients",
        minimum=1,
        maximum=10_000,
    )
    max_unknown_recipients: WholeNumber = setting(
        "Recipients that nobody knows, in one connection; then it is closed (421)",
        10,
        unit="recipients",
        minimum=1,
        maximum=10_000,
    )
    max_errors: WholeNumber = setting(
        "Commands refused in one connection; then it is closed (421)",
        20,
        unit="commands",
        minimum=1,
        maximum=10_000,
    )
    max_idle_commands: WholeNumber = setting(
        "Commands between two mails that bring none nearer, as NOOP and RSET do; then the "
        "connection is closed (421)",
        100,
        unit="commands",
        minimum=1,
        maximum=1_000_000,
    )
    command_seconds: WholeNumber = setting(
        "Wait for the next command; then the connection is closed (421)",
        300,
        unit="seconds",
        minimum=5,
        maximum=86_400,
    )
    data_seconds: WholeNumber = setting(
        "Silence within a mail that is bearable, and time after which it has to come faster than "
        "64 bytes a second; then the connection is closed (421)",
        180,
        unit="seconds",
        minimum=5,
        maximum=86_400,
    )
    mail_seconds: WholeNumber = setting(
        "Time from DATA to the end of the mail, however fast it comes; then the connection is "
        "closed (421)",
        3600,
        unit="seconds",
        minimum=5,
        maximum=86_400,
    )
    session_seconds: WholeNumber = setting(
        "Length of a connection, after which it is closed (421); a mail that has begun by then is "
        "waited for",
        3600,
        unit="seconds",
        minimum=10,
        maximum=604_800,
    )
    rate_per_address: WholeNumber = setting(
        "Mails taken for one dropbox address in a minute, by all daemons together; further ones "
        "are put off (451); 0: no limit",
        600,
        unit="mails",
        minimum=0,
        maximum=1_000_000,
    )
    held_days: WholeNumber = setting(
        "After these, held mail that somebody has listed expires; 0: never",
        90,
        unit="days",
        minimum=0,
        maximum=36_500,
    )
    held_quota: WholeNumber = setting(
        "Mails of strangers held a day, for a dropbox address and for a sending domain; of more "
        "only the headers are kept",
        200,
        unit="mails",
        minimum=0,
        maximum=1_000_000,
    )
    trusted_networks: Networks = setting(
        "Relays: not verified by SPF, exempt from the limits per peer", "127.0.0.0/8,::1/128"
    )
    relay_url: RelayUrl = setting(
        "Mail server that takes what is sent to users (codes of new senders); nothing: none is",
        SecretStr(""),
    )
    authentication: Annotated[Literal["off", "flag", "hold_forged", "require"], Choice] = setting(
        "What is done about mail whose author is not who it says, in accounts that set nothing: "
        "nothing is checked; checked and shown; forged mail held; unverified mail held too",
        "hold_forged",
    )
    trusted_authserv_ids: ServerNames = setting(
        "Names with which the relays in the trusted networks, or the mail server at the LMTP "
        "listener, sign their Authentication-Results; they have to remove headers in these names "
        "from mail that comes from outside",
        (),
    )
    trusted_arc_sealers: Domains = setting(
        "Domains whose ARC seal vouches for mail that they forwarded", ()
    )
    nameservers: Nameservers = setting(
        "Recursive nameservers that SPF, DKIM and DMARC are asked of; nothing: the system's, of "
        "/etc/resolv.conf",
        (),
    )
    language: Annotated[Literal["en", "ja"], Choice] = setting(
        "Language of `why`, help texts and digests for users who set none", "en"
    )
    log_format: Annotated[Literal["console", "json"], Choice] = setting(
        "Form of the log on standard error",
        lambda _values: "console" if os.isatty(2) else "json",
        default_words="console on a terminal, else json",
        example="json",
    )
    postgres_bin: OptionalFolder = setting(
        "Folder of the binaries of the embedded Postgres; nothing: those that were installed along",
        None,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say which places count, the strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _settings_file())


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting as it is shown to people."""

    name: str
    variable: str
    value: str
    """As it would be written in the environment; secrets masked."""
    source: str
    """`command line`, `environment`, the path of the file, or `default`."""
    unit: str
    """`bytes`, `connections`; empty where the value has none."""
    meaning: str


def load(**command_line: object) -> Settings:
    """Read the settings of this process.

    `command_line` holds what was given there, by names of settings; None stands for not given.

    Raises ConfigError for an unknown setting, a senseless value, or a file that cannot be read.
    """
    places = _Places.look(command_line)
    try:
        settings = Settings(**places.command_line)
    except ValidationError as error:
        # Without its cause, which quotes values.
        raise _first_complaint(error, places) from None
    settings._sources = {  # noqa: SLF001 - this module's own
        name: places.find(name).words for name in Settings.model_fields
    }
    return settings


def describe(settings: Settings) -> list[SettingRow]:
    """Return every setting in the order of declaration, for people to read."""
    return [
        SettingRow(
            name=name,
            variable=variable(name),
            value=as_text(getattr(settings, name)),
            source=settings._sources[name],  # noqa: SLF001 - this module's own
            unit=unit(field),
            meaning=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def unit(field: FieldInfo) -> str:
    """Return the unit of a setting's value, or an empty string."""
    return _declared(field, "unit") or ""


def default_words(field: FieldInfo) -> str:
    """Return the default of a setting as the documentation shows it."""
    words = _declared(field, "default_words")
    return as_text(field.default) if words is None else words


def example(field: FieldInfo) -> str:
    """Return a value to start from: the default, where it can be written down."""
    return _declared(field, "example") or default_words(field)


def _declared(field: FieldInfo, key: str) -> str | None:
    extra = field.json_schema_extra
    value = extra[key] if isinstance(extra, dict) else None
    return None if value is None else str(value)


def takes(field: FieldInfo) -> str:
    """Return what a setting takes, in words that follow "it takes"."""
    for mark in field.metadata:
        if isinstance(mark, Takes):
            return mark.words
    if get_origin(field.annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(field.annotation))
    words = f"a whole number of {unit(field)}" if unit(field) else "a whole number"
    for mark in field.metadata:
        if isinstance(mark, Ge):
            words += f", at least {mark.ge}"
        elif isinstance(mark, Le):
            words += f", at most {mark.le}"
    return words


@dataclass(frozen=True, slots=True)
class _Origin:
    label: str
    value: object
    words: str


@dataclass(frozen=True, slots=True)
class _Places:
    """What each place says, by names of settings; the unknown is refused already."""

    command_line: dict[str, Any]
    environment: dict[str, str]
    file: Path | None
    in_file: dict[str, Any]

    @classmethod
    def look(cls, command_line: Mapping[str, object]) -> Self:
        given = {name: value for name, value in command_line.items() if value is not None}
        if unknown := given.keys() - Settings.model_fields.keys():
            raise TypeError(f"no such settings: {', '.join(sorted(unknown))}")
        environment = _read_environment()
        file = _settings_file()
        return cls(given, environment, file, _read_file(file) if file else {})

    def find(self, name: str) -> _Origin:
        if name in self.command_line:
            return _Origin(f"--{name.replace('_', '-')}", self.command_line[name], "command line")
        if name in self.environment:
            return _Origin(variable(name), self.environment[name], "environment")
        if name in self.in_file:
            return _Origin(name, self.in_file[name], str(self.file))
        return _Origin(variable(name), default_words(Settings.model_fields[name]), "default")


def _settings_file() -> Path | None:
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    return DEFAULT_FILE if os.path.lexists(DEFAULT_FILE) else None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the settings file {file}: {error.strerror}") from None
    except ValueError as error:
        # tomllib says where; what stands there may be a password, and it does not say that.
        raise ConfigError(f"{file} is not TOML: {error}") from None
    for key in values:
        if key not in Settings.model_fields:
            nearest = _nearest(key.lower(), Settings.model_fields)
            raise ConfigError(f"unknown setting {key!r:.80} in {file}{nearest}")
    return values


def _read_environment() -> dict[str, str]:
    values = {}
    for key, value in os.environ.items():
        # As pydantic-settings does: without regard to case.
        name = key.lower().removeprefix(PREFIX.lower())
        if name == key.lower() or key.upper() == FILE_VARIABLE:
            continue
        if name not in Settings.model_fields:
            nearest = _nearest(name, Settings.model_fields, variable)
            raise ConfigError(f"unknown setting {key!r:.80} in the environment{nearest}")
        values[name] = value
    return values


def _nearest(wrong: str, known: Iterable[str], shown: Callable[[str], str] = str) -> str:
    nearest = difflib.get_close_matches(wrong, list(known), n=1)
    return f"; did you mean {shown(nearest[0])}?" if nearest else ""


def _first_complaint(error: ValidationError, places: _Places) -> ConfigError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    origin = places.find(name)
    said = "" if field.annotation is SecretStr else f" cannot be {origin.value!r:.80}"
    return ConfigError(
        f"{origin.label} ({origin.words}){said or ' is wrong'}; it takes {takes(field)}"
    )
