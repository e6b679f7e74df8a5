"""Settings: where they come from, which one wins, and what is said of a wrong one."""

import grp
import ipaddress
import os
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.reference import CHECKOUT, example_toml, settings_page
from config.settings import ConfigError, Settings, describe, load, variable
from config.values import Endpoint, mask_url


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    for name in os.environ:
        if name.upper().startswith("BCC_DROPBOX_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch):
    def set_variables(**values):
        for name, value in values.items():
            monkeypatch.setenv(variable(name), value)

    return set_variables


def complaint(**command_line):
    with pytest.raises(ConfigError) as caught:
        load(**command_line)
    message = str(caught.value)
    assert "\n" not in message
    return message


def source_of(name, settings):
    return next(row.source for row in describe(settings) if row.name == name)


def test_without_anything_set_the_defaults_of_the_contract_hold(monkeypatch):
    monkeypatch.setenv("HOME", "/home/hanako")
    settings = load()
    assert settings.database_url.get_secret_value() == ""
    assert settings.data_dir == Path("/home/hanako/.local/share/bcc-dropbox")
    assert settings.mail_domain == "dropbox.example"
    assert settings.smtp_listen == (Endpoint("127.0.0.1", 2525),)
    assert settings.max_message_bytes == 47_185_920
    assert settings.memory_budget_bytes == 268_435_456
    assert settings.spill_dir == settings.data_dir / "spill"
    assert settings.bare_newline == "normalize"
    assert (settings.max_connections, settings.max_connections_per_peer) == (1000, 50)
    assert settings.trusted_networks == (
        ipaddress.ip_network("127.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )
    assert settings.authentication == "hold_forged"
    assert settings.trusted_authserv_ids == settings.trusted_arc_sealers == ()
    assert settings.nameservers == ()
    assert settings.language == "en"
    assert settings.postgres_bin is None


def test_command_line_beats_environment_beats_file_beats_default(environment, tmp_path):
    assert load().language == "en"
    (tmp_path / "bcc-dropbox.toml").write_text('language = "ja"\nmax_connections = 7\n')
    assert (load().language, load().max_connections) == ("ja", 7)
    environment(max_connections="8")
    assert (load().language, load().max_connections) == ("ja", 8)
    settings = load(max_connections=9)
    assert (settings.language, settings.max_connections) == ("ja", 9)
    assert source_of("max_connections", settings) == "command line"
    assert source_of("max_connections", load()) == "environment"
    assert source_of("language", settings) == "bcc-dropbox.toml"
    assert source_of("mail_domain", settings) == "default"


def test_an_option_that_was_not_given_changes_nothing(environment):
    environment(mail_domain="mail.example")
    settings = load(mail_domain=None)
    assert settings.mail_domain == "mail.example"
    assert source_of("mail_domain", settings) == "environment"


def test_the_named_file_is_read_and_not_the_one_that_lies_around(monkeypatch, tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text("max_connections = 7\n")
    named = tmp_path / "other.toml"
    named.write_text('language = "ja"\n')
    monkeypatch.setenv("BCC_DROPBOX_CONFIG", str(named))
    settings = load()
    assert (settings.language, settings.max_connections) == ("ja", 1000)
    assert source_of("language", settings) == str(named)


def test_a_named_file_that_is_missing_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setenv("BCC_DROPBOX_CONFIG", str(tmp_path / "absent.toml"))
    message = complaint()
    assert "absent.toml" in message
    assert "No such file" in message


@pytest.mark.parametrize(
    "content",
    [b"language = \n", b"\xff\xfe", b"language = 'ja'\nlanguage = 'en'\n", b"\x00"],
    ids=["cut off", "not UTF-8", "twice", "NUL"],
)
def test_a_file_that_is_not_toml_is_named(content, tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_bytes(content)
    assert complaint().startswith("bcc-dropbox.toml is not TOML")


def test_a_folder_in_place_of_the_file_is_said_to_be_one(tmp_path):
    (tmp_path / "bcc-dropbox.toml").mkdir()
    assert "Is a directory" in complaint()


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch):
    monkeypatch.setenv("BCC_DROPBOX_MAX_MESAGE_BYTES", "1")
    assert complaint() == (
        "unknown setting 'BCC_DROPBOX_MAX_MESAGE_BYTES' in the environment; "
        "did you mean BCC_DROPBOX_MAX_MESSAGE_BYTES?"
    )


def test_an_unknown_variable_like_no_other_gets_no_guess(monkeypatch):
    monkeypatch.setenv("BCC_DROPBOX_QQQ", "1")
    assert complaint() == "unknown setting 'BCC_DROPBOX_QQQ' in the environment"


def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_name(tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text('"mail-domain" = "x.example"\n')
    assert complaint() == (
        "unknown setting 'mail-domain' in bcc-dropbox.toml; did you mean mail_domain?"
    )


def test_a_key_with_a_line_end_in_it_still_makes_one_line(tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text('"mail\\ndomain\\u001b[2J" = 1\n')
    assert "\x1b" not in complaint()


def test_a_table_in_the_file_is_an_unknown_setting(tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text("[smtp]\nlisten = '127.0.0.1:1'\n")
    assert "unknown setting 'smtp'" in complaint()


def test_a_wrong_value_is_shown_with_its_place_and_what_would_be_right(environment, tmp_path):
    right = "it takes a whole number of bytes, at least 65536, at most 1073741824"
    (tmp_path / "bcc-dropbox.toml").write_text("max_message_bytes = true\n")
    assert complaint() == f"max_message_bytes (bcc-dropbox.toml) cannot be True; {right}"
    environment(max_message_bytes="12")
    assert complaint() == f"BCC_DROPBOX_MAX_MESSAGE_BYTES (environment) cannot be '12'; {right}"
    assert complaint(max_message_bytes="x") == (
        f"--max-message-bytes (command line) cannot be 'x'; {right}"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_message_bytes", "65535"),
        ("max_message_bytes", "1.5"),
        ("max_message_bytes", "-70000"),
        ("max_message_bytes", ""),
        ("max_message_bytes", "9" * 5000),
        ("memory_budget_bytes", "16777215"),
        ("max_connections", "0"),
        ("max_connections_per_peer", "0"),
        ("mail_domain", ""),
        ("mail_domain", "localhost"),
        ("mail_domain", "192.0.2.1"),
        ("mail_domain", "a..example"),
        ("mail_domain", "-a.example"),
        ("mail_domain", "a_b.example"),
        ("mail_domain", "a b.example"),
        ("mail_domain", "hanako@dropbox.example"),
        ("mail_domain", "a." * 130 + "example"),
        ("smtp_listen", ""),
        ("smtp_listen", "localhost"),
        ("smtp_listen", "2525"),
        ("smtp_listen", ":2525"),
        ("smtp_listen", "::1:2525"),
        ("smtp_listen", "127.0.0.1:65536"),
        ("smtp_listen", "127.0.0.1:-1"),
        ("smtp_listen", "127.0.0.1:25,"),
        ("smtp_listen", "127.0.0.1:25,127.0.0.1:25"),
        ("smtp_listen", "127.0.0.300:25"),
        ("smtp_listen", "[127.0.0.1]:25"),
        ("smtp_listen", "a host:25"),
        ("trusted_networks", "10.0.0.1/8"),
        ("trusted_networks", "10.0.0.0/8,"),
        ("trusted_networks", "office"),
        ("authentication", "hold"),
        ("authentication", ""),
        ("trusted_authserv_ids", "mx corp.example"),
        ("trusted_authserv_ids", "mx.corp.example;"),
        ("trusted_authserv_ids", "mx.corp.example,"),
        ("trusted_authserv_ids", "-"),
        ("trusted_arc_sealers", "*.corp.example"),
        ("trusted_arc_sealers", "localhost"),
        ("trusted_arc_sealers", "corp.example,,other.example"),
        ("nameservers", "dns.example"),
        ("nameservers", "dns.example:53"),
        ("nameservers", "192.0.2.1:0"),
        ("nameservers", "192.0.2.1:65536"),
        ("nameservers", "192.0.2.300"),
        ("nameservers", "2001:db8::1:x"),
        ("nameservers", "192.0.2.1,"),
        ("bare_newline", "keep"),
        ("language", "de"),
        ("log_format", "xml"),
        ("data_dir", ""),
        ("data_dir", "~nobody-of-that-name/x"),
        ("spill_dir", " "),
        ("database_url", "mysql://u@h/db"),
        ("database_url", "postgresql:/h/db"),
        ("database_url", "postgresql://u@h"),
        ("database_url", "postgresql://u@h:0/db"),
        ("database_url", "postgresql://u@h/db#x"),
        ("database_url", "postgresql://u@h:99999/db"),
    ],
)
def test_a_senseless_value_stops_the_start_and_names_the_variable(name, value, environment):
    environment(**{name: value})
    message = complaint()
    assert message.startswith(variable(name))
    assert "; it takes " in message
    assert len(message) < 350


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mail_domain", "5"),
        ("smtp_listen", "2525"),
        ("smtp_listen", "[2525]"),
        ("trusted_networks", "{}"),
        ("language", "['en']"),
        ("data_dir", '"a\\u0000b"'),
        ("spill_dir", "1979-05-27"),
        ("max_connections", "10.0"),
        ("max_connections", "true"),
        ("database_url", "1"),
    ],
)
def test_a_value_of_the_wrong_type_in_the_file_is_refused(name, value, tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text(f"{name} = {value}\n")
    assert complaint().startswith(f"{name} (bcc-dropbox.toml)")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://sales:hunter2@db/x",
        "postgresql://sales:hunter2@db:port/x",
        "postgresql://sales:hunter2/x@db/x",
        "postgresql://sales:hunter2#x@db/x",
        "postgresql://sales:hunter2",
        "hunter2",
    ],
)
def test_no_message_shows_a_password(url, environment, tmp_path):
    environment(database_url=url)
    assert "hunter2" not in complaint()
    environment(database_url="")
    assert "hunter2" not in complaint(database_url=url)


def test_no_traceback_of_a_wrong_setting_carries_a_value(environment):
    environment(database_url="mysql://sales:hunter2@db/x")
    with pytest.raises(ConfigError) as caught:
        load()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_password_is_masked_wherever_settings_are_shown(environment):
    environment(database_url="postgresql://sales:hunter2@db.example:5433/crm?sslmode=require")
    settings = load()
    assert settings.database_url.get_secret_value().startswith("postgresql://sales:hunter2@")
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    row = describe(settings)[0]
    assert row.value == "postgresql://sales:••••@db.example:5433/crm?sslmode=require"


def test_a_password_in_the_query_of_a_url_is_masked_too():
    masked = mask_url("postgresql:///crm?host=/run&password=hunter2&sslpassword=hunter2")
    assert "hunter2" not in masked
    assert "host=/run" in masked


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dropbox.EXAMPLE", "dropbox.example"),
        ("dropbox.example.", "dropbox.example"),
        (" dropbox.example ", "dropbox.example"),
        ("日本語.example", "xn--wgv71a119e.example"),
        ("日本語。example", "xn--wgv71a119e.example"),
        ("xn--wgv71a119e.example", "xn--wgv71a119e.example"),
    ],
)
def test_a_mail_domain_is_kept_in_its_canonical_form(written, read, environment):
    environment(mail_domain=written)
    assert load().mail_domain == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.1:25", [("192.0.2.1", 25)]),
        ("127.0.0.1:0, [::1]:0", [("127.0.0.1", 0), ("::1", 0)]),
        ("127.0.0.1:0,127.0.0.1:0", [("127.0.0.1", 0), ("127.0.0.1", 0)]),
        ("[::]:2525,mx-1.example:25", [("::", 2525), ("mx-1.example", 25)]),
    ],
)
def test_listening_addresses_are_host_and_port(written, read, environment):
    environment(smtp_listen=written)
    assert [tuple(endpoint) for endpoint in load().smtp_listen] == read


def test_lists_in_the_file_may_be_toml_lists(tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text(
        'smtp_listen = ["127.0.0.1:1", "[::1]:2"]\ntrusted_networks = []\n'
    )
    settings = load()
    assert settings.smtp_listen == (Endpoint("127.0.0.1", 1), Endpoint("::1", 2))
    assert settings.trusted_networks == ()


def test_a_variable_set_to_nothing_counts_as_set(environment):
    environment(trusted_networks="", nameservers="")
    assert load().trusted_networks == ()


def test_the_spill_folder_follows_the_data_folder_unless_it_is_set(environment, tmp_path):
    environment(data_dir=str(tmp_path / "data"))
    assert load().spill_dir == tmp_path / "data" / "spill"
    environment(spill_dir="/elsewhere")
    assert load().spill_dir == Path("/elsewhere")


def test_a_wrong_data_folder_is_the_one_that_is_named_and_not_the_spill_folder(environment):
    environment(data_dir="")
    assert complaint().startswith("BCC_DROPBOX_DATA_DIR")


def test_folders_are_absolute_so_that_a_later_change_of_folder_moves_nothing(environment, tmp_path):
    environment(data_dir="data")
    assert load().data_dir == tmp_path / "data"


def test_choices_are_read_without_regard_to_case(environment):
    environment(language="JA", log_format=" Json ")
    assert (load().language, load().log_format) == ("ja", "json")


def test_without_a_terminal_the_log_is_json_and_on_one_it_is_for_people(monkeypatch):
    monkeypatch.setattr("os.isatty", lambda _number: False)
    assert load().log_format == "json"
    monkeypatch.setattr("os.isatty", lambda _number: True)
    assert load().log_format == "console"


def test_settings_cannot_be_changed_after_the_start():
    settings = load()
    with pytest.raises(ValidationError, match="frozen"):
        settings.language = "ja"


def test_an_option_that_is_no_setting_is_a_mistake_in_the_code():
    with pytest.raises(TypeError, match="colour"):
        load(colour="red")


def test_every_setting_can_be_shown_and_written_back(environment, monkeypatch):
    environment(smtp_listen="[::1]:25,mx.example:0", trusted_networks="10.0.0.0/8,fd00::/8")
    first = load()
    environment(**{row.name: row.value for row in describe(first)})
    assert load().model_dump() == first.model_dump()


def test_every_setting_says_what_it_means_and_takes():
    for name, field in Settings.model_fields.items():
        assert field.description, name
    units = {row.unit for row in describe(load())}
    assert units == {
        "",
        "bytes",
        "commands",
        "connections",
        "days",
        "mails",
        "processes",
        "recipients",
        "seconds",
    }


def test_a_mode_in_the_file_is_text_since_a_number_could_be_meant_in_two_ways(tmp_path):
    (tmp_path / "bcc-dropbox.toml").write_text("lmtp_socket_mode = 660\n")
    assert complaint() == (
        "lmtp_socket_mode (bcc-dropbox.toml) cannot be 660; "
        "it takes an octal mode as text, such as `0660`"
    )
    (tmp_path / "bcc-dropbox.toml").write_text('lmtp_socket_mode = "0666"\n')
    assert load().lmtp_socket_mode == 0o666


def test_the_example_file_changes_nothing_but_the_two_that_depend(monkeypatch, tmp_path):
    uncommented = re.sub(r"^# (\w+ = )", r"\1", example_toml(), flags=re.MULTILINE)
    assert tomllib.loads(uncommented).keys() == Settings.model_fields.keys()
    default = load().model_dump(exclude={"spill_dir", "log_format"})
    (tmp_path / "bcc-dropbox.toml").write_text(uncommented)
    settings = load()
    assert settings.model_dump(exclude={"spill_dir", "log_format"}) == default
    assert source_of("mail_domain", settings) == "bcc-dropbox.toml"


def test_the_documentation_is_up_to_date():
    hint = "run python -m config.reference"
    assert (CHECKOUT / "config" / "example.toml").read_text("utf-8") == example_toml(), hint
    assert (CHECKOUT / "docs" / "settings.md").read_text("utf-8") == settings_page(), hint


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("LMTP_LISTEN", "127.0.0.1:24,unix:/run/x/lmtp", "127.0.0.1:24,unix:/run/x/lmtp"),
        ("LMTP_LISTEN", "", ""),
        ("LMTP_SOCKET_MODE", "666", "0666"),
        ("LMTP_SOCKET_GROUP", "65534", "65534"),
        ("LMTP_SOCKET_GROUP", grp.getgrgid(0).gr_name, grp.getgrgid(0).gr_name),
        ("SMTPS_LISTEN", "[::1]:465", "[::1]:465"),
        ("PROXY_LISTEN", "", ""),
        ("REQUIRE_TLS", "True", "true"),
        ("TLS_CERT", "/etc/cert.pem", "/etc/cert.pem"),
        ("WORKERS", "4", "4"),
        ("HELD_DAYS", "0", "0"),
    ],
)
def test_what_is_listened_on_is_shown_as_it_is_written(monkeypatch, name, value, shown):
    monkeypatch.setenv(f"BCC_DROPBOX_{name}", value)
    assert {row.variable: row.value for row in describe(load())}[f"BCC_DROPBOX_{name}"] == shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LMTP_LISTEN", "unix:relative"),
        ("LMTP_LISTEN", "here"),
        ("LMTP_SOCKET_MODE", "0888"),
        ("LMTP_SOCKET_MODE", "4660"),
        ("LMTP_SOCKET_MODE", ""),
        ("LMTP_SOCKET_GROUP", "no-such-group"),
        ("LMTP_SOCKET_GROUP", "9" * 5000),
        ("SMTPS_LISTEN", "unix:/run/x"),
        ("REQUIRE_TLS", "yes"),
        ("WORKERS", "0"),
        ("HELD_QUOTA", "-1"),
    ],
)
def test_what_cannot_be_listened_on_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"BCC_DROPBOX_{name}", value)
    with pytest.raises(ConfigError, match=f"BCC_DROPBOX_{name}"):
        load()


def test_nameservers_are_addresses_and_their_port_is_53_unless_they_say_another(environment):
    environment(nameservers="192.0.2.1, 192.0.2.1:53,[2001:db8::1]:5353 ,2001:db8::2")
    assert load().nameservers == (
        Endpoint("192.0.2.1", 53),
        Endpoint("2001:db8::1", 5353),
        Endpoint("2001:db8::2", 53),
    )


def test_names_of_who_is_trusted_are_read_in_one_form(environment, tmp_path):
    environment(trusted_arc_sealers="Forwarder.Example., bücher.example")
    (tmp_path / "bcc-dropbox.toml").write_text(
        'trusted_authserv_ids = ["MX.corp.example", "mx_2", "mx.corp.example"]\n'
        'authentication = " Require "\n'
    )
    settings = load()
    assert settings.trusted_arc_sealers == ("forwarder.example", "xn--bcher-kva.example")
    assert settings.trusted_authserv_ids == ("mx.corp.example", "mx_2")
    assert settings.authentication == "require"
