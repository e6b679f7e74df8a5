"""`address` as a process: regenerated under a running daemon, put on a card, drawn as a code."""

from __future__ import annotations

import asyncio
import json
import os
import re
import smtplib
import stat
import struct
import zlib

import asyncpg
import pytest
import vobject
import zxingcpp

HANAKO = "hanako@corp.example"
TARO = "taro@corp.example"
ADDRESS = re.compile(r"(hanako|taro|ann)\.[a-z2-7]{16}@dropbox\.example")
UNKNOWN = "hanako.aaaaaaaaaaaaaaaa@dropbox.example"


@pytest.fixture
def sql(database_url):
    """Ask the database, and change it."""

    async def run(statement):
        connection = await asyncpg.connect(database_url)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return lambda statement: asyncio.run(run(statement))


@pytest.fixture
def office(inside):
    inside.ok("account", "add", "Corp", "--domain", "corp.example")
    inside.ok("user", "add", HANAKO, "--name", "山田 花子")
    return inside.ok("address", "show", HANAKO).strip()


def offer(number):
    return (
        f"From: {HANAKO}\r\nTo: ann@customer.example\r\nSubject: Offer {number}\r\n"
        f"Message-ID: <{number}@corp.example>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\n"
        "\r\nHi\r\n"
    ).encode()


def refusal(server, address):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        server.send(offer(0), address, sender=HANAKO)
    (reply,) = refused.value.recipients.values()
    return reply


def test_the_old_address_is_refused_like_one_that_never_was_as_soon_as_the_command_has_ended(
    command, listed, office, server
):
    server.send(offer(1), office, sender=HANAKO)
    new = command.ok("address", "regenerate", HANAKO).strip()
    code, text = refusal(server, office)
    assert (code, text[:5]) == (550, b"5.1.1")
    assert (code, text) == refusal(server, UNKNOWN)
    server.send(offer(2), new, sender=HANAKO)
    assert [one["outcome"] for one in listed("mail", "list")] == ["filed", "filed"]


def test_in_grace_the_old_address_still_files_and_then_no_more(inside, listed, office, server, sql):
    inside.ok("address", "regenerate", HANAKO, "--grace", "7d")
    server.send(offer(1), office, sender=HANAKO)
    assert [one["outcome"] for one in listed("mail", "list")] == ["filed"]
    sql("update dropbox_address set grace_until = now() - interval '1 s' where state = 'grace'")
    assert refusal(server, office) == refusal(server, UNKNOWN)
    assert len(listed("mail", "list")) == 1


def test_a_suspended_users_new_address_holds_mail(inside, listed, office, server):
    inside.ok("user", "suspend", HANAKO)
    new = inside.ok("address", "regenerate", HANAKO).strip()
    server.send(offer(1), new, sender=HANAKO)
    assert [one["reason"] for one in listed("mail", "list")] == ["user_suspended"]
    assert refusal(server, office)[0] == 550


def test_regenerate_prints_the_new_address_alone_and_show_prints_it_again(inside, office):
    printed = inside.ok("address", "regenerate", HANAKO, "--grace", "30m")
    assert ADDRESS.fullmatch(printed.removesuffix("\n"))
    assert printed.strip() != office
    assert inside.ok("address", "show", HANAKO) == printed


def test_regenerate_as_json_says_how_long_the_old_one_works(inside, listed, office):
    made = listed("address", "regenerate", HANAKO)
    assert list(made) == ["user", "address", "state", "created_at", "old_works_until"]
    assert (made["user"], made["state"], made["old_works_until"]) == (HANAKO, "active", None)
    in_grace = listed("address", "regenerate", HANAKO, "--grace", "12h")
    assert in_grace["old_works_until"] > in_grace["created_at"]
    assert in_grace["old_works_until"].endswith("Z")
    shown = listed("address", "show", HANAKO)
    assert shown == {key: in_grace[key] for key in ("address", "state", "created_at")}


def test_all_prints_a_line_for_each_user_of_the_account(inside, listed, office):
    inside.ok("user", "add", TARO, "--name", "Taro")
    lines = inside.ok("address", "regenerate", "--all").splitlines()
    pairs = [line.split("\t") for line in lines]
    assert [email for email, _ in pairs] == [TARO, HANAKO]
    assert all(ADDRESS.fullmatch(address) for _, address in pairs)
    documents = listed("address", "regenerate", "--all", "--grace", "7d")
    assert [one["user"] for one in documents] == [TARO, HANAKO]
    assert {one["address"] for one in documents}.isdisjoint(address for _, address in pairs)


def test_all_wants_an_account_where_there_are_several(inside, office):
    inside.ok("account", "add", "Beta")
    line = inside.refused("address", "regenerate", "--all", code=2)
    assert "--account" in line
    assert "Beta, Corp" in line
    assert inside.ok("address", "show", HANAKO).strip() == office
    inside.ok("address", "regenerate", HANAKO)
    assert "No users yet" in inside.ok("address", "regenerate", "--all", "--account", "Beta")
    assert HANAKO in inside.ok("address", "regenerate", "--all", "--account", "Corp")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "EMAIL or --all"),
        ([HANAKO, "--all"], 2, "EMAIL or --all"),
        ([HANAKO, "--grace", "soon"], 1, "30m, 12h or 7d"),
        ([HANAKO, "--grace", "0d"], 1, "30m, 12h or 7d"),
        ([HANAKO, "--grace", "365d"], 1, "at most 90d"),
        (["nobody@corp.example"], 1, "no user nobody@corp.example"),
        ([HANAKO, "--account", "Beta"], 1, "there are: Corp"),
    ],
)
def test_bad_input_to_regenerate_is_one_line_and_changes_nothing(inside, office, words, code, said):
    assert said in inside.refused("address", "regenerate", *words, code=code)
    assert inside.ok("address", "show", HANAKO).strip() == office


def test_the_audit_names_whoever_ran_the_command_and_no_secret(inside, office, sql):
    new = inside.ok("address", "regenerate", HANAKO).strip()
    ((row),) = sql("select actor, action, detail from audit")
    assert (bool(row["actor"]), row["action"]) == (True, "regenerate_address")
    for address in (office, new):
        assert address.partition("@")[0] not in str(dict(row))


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_card_goes_to_standard_output_byte_for_byte(inside, office, version):
    text = inside.ok("address", "vcard", HANAKO, "--version", version)
    assert "\n" not in text.replace("\r\n", "")
    card = vobject.readOne(text)
    assert card.version.value == version
    assert card.fn.value == "BCC Dropbox - 山田 花子"
    assert card.email.value == office
    assert "山田 花子's secret" in card.note.value


def test_a_card_is_a_new_file_that_its_owner_alone_can_read(inside, office, tmp_path):
    out = tmp_path / "名刺.vcf"
    old = os.umask(0)
    try:
        said = inside.ok("address", "vcard", HANAKO, "--out", out)
    finally:
        os.umask(old)
    assert str(out) in said
    assert office not in said
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert vobject.readOne(out.read_bytes().decode()).email.value == office
    assert list(tmp_path.iterdir()) == [out]


def test_the_note_is_in_the_users_language(inside, office):
    inside.ok("user", "add", TARO, "--name", "鈴木 太郎", "--language", "ja")
    card = vobject.readOne(inside.ok("address", "vcard", TARO))
    assert "鈴木 太郎さん専用の秘密のアドレス" in card.note.value


@pytest.mark.parametrize(("noun", "name"), [("vcard", "card.vcf"), ("qr", "code.svg")])
def test_a_path_that_exists_is_refused_unless_forced(inside, office, tmp_path, noun, name):
    out = tmp_path / name
    out.write_text("mine")
    out.chmod(0o644)
    line = inside.refused("address", noun, HANAKO, "--out", out)
    assert str(out) in line
    assert "--force" in line
    assert out.read_text() == "mine"
    inside.ok("address", noun, HANAKO, "--out", out, "--force")
    assert out.read_text() != "mine"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("noun", ["vcard", "qr"])
def test_a_place_that_cannot_be_written_is_one_line_and_leaves_nothing(
    inside, office, tmp_path, noun
):
    missing = tmp_path / "nowhere" / "x.svg"
    assert f"{missing}: No such file" in inside.refused("address", noun, HANAKO, "--out", missing)
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    for force in ([], ["--force"]):
        line = inside.refused("address", noun, HANAKO, "--out", folder, *force)
        assert line == f"{folder} is not a file"
    dangling = tmp_path / "dangling.svg"
    dangling.symlink_to(tmp_path / "elsewhere")
    assert "--force" in inside.refused("address", noun, HANAKO, "--out", dangling)
    assert sorted(tmp_path.iterdir()) == [dangling, folder]


def test_force_writes_where_a_link_leads_and_no_device_is_ever_replaced(inside, office, tmp_path):
    real, link = tmp_path / "real.vcf", tmp_path / "link.vcf"
    real.write_text("old")
    link.symlink_to(real)
    inside.ok("address", "vcard", HANAKO, "--out", link, "--force")
    assert link.is_symlink()
    assert vobject.readOne(real.read_bytes().decode()).email.value == office
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = inside.refused("address", "vcard", HANAKO, "--out", pipe, "--force")
    assert line == f"{pipe} is not a file"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["code.svg", "code.PNG"])
def test_a_camera_reads_a_contact_out_of_the_code(inside, office, tmp_path, name):
    out = tmp_path / name
    inside.ok("address", "qr", HANAKO, "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    data = out.read_bytes()
    rows = png_rows(data) if name.endswith("PNG") else svg_rows(data.decode())
    card = vobject.readOne(photographed(rows))
    assert card.version.value == "3.0"
    assert card.fn.value == "BCC Dropbox - 山田 花子"
    assert card.email.value == office


def photographed(rows):
    """What a reader of bar codes sees in rows of bits, 1 being white."""
    pixels = b"".join(bytes(255 * bit for bit in row for _ in range(4)) * 4 for row in rows)
    image = memoryview(pixels).cast("B", (len(rows) * 4, len(rows[0]) * 4))
    (found,) = zxingcpp.read_barcodes(image)
    return found.text


def png_rows(data):
    """The pixels of a PNG in black and white, its rows as they are or as changes to the one above.

    RFC 2083 sections 4.1 and 6.
    """
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colours = struct.unpack_from(">IIBB", data, 16)
    assert (depth, colours) == (1, 0)
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack_from(">I", data, start - 8)
    lines = zlib.decompress(data[start : start + length])
    stride = 1 + (width + 7) // 8
    above, rows = bytes(stride - 1), []
    for at in range(0, height * stride, stride):
        method, line = lines[at], lines[at + 1 : at + stride]
        assert method in {0, 2}
        above = bytes((a + b) % 256 for a, b in zip(above, line, strict=True)) if method else line
        rows.append([above[x // 8] >> (7 - x % 8) & 1 for x in range(width)])
    return rows


def svg_rows(text):
    """The modules of an SVG whose strokes are the black runs of each row."""
    size = int(re.search(r"h(\d+)v\d+h-\d+z", text)[1])
    rows = [[1] * size for _ in range(size)]
    x = y = 0.0
    for kind, first, second in re.findall(
        r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", re.search(r'stroke="#000" d="([^"]+)"', text)[1]
    ):
        if kind == "h":
            rows[int(y)][int(x) : int(x) + int(first)] = [0] * int(first)
            x += int(first)
        else:
            at = (0.0, 0.0) if kind == "M" else (x, y)
            x, y = at[0] + float(first), at[1] + float(second)
    return rows


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["vcard", HANAKO, "--version", "5.0"], 2, "--version"),
        (["vcard", "nobody@corp.example"], 1, "no user"),
        (["qr", HANAKO], 2, "--out"),
        (["qr", HANAKO, "--out", "code.jpg"], 2, ".svg or .png"),
        (["qr", HANAKO, "--out", ""], 2, ".svg or .png"),
        (["qr", "nobody@corp.example", "--out", "code.svg"], 1, "no user"),
    ],
)
def test_bad_input_to_cards_and_codes_is_one_line(inside, office, tmp_path, words, code, said):
    assert said in inside.refused("address", *words, code=code)
    assert list(tmp_path.iterdir()) == []


def test_show_as_json_is_to_the_letter(inside, office):
    shown = json.loads(inside.ok("address", "show", HANAKO, "--json"))
    assert list(shown) == ["address", "state", "created_at"]
    assert (shown["address"], shown["state"]) == (office, "active")


def test_nothing_but_address_shows_a_new_address_whole(inside, office):
    new = inside.ok("address", "regenerate", HANAKO).strip().partition("@")[0]
    for words in (["user", "list"], ["user", "show", HANAKO], ["sender", "list", HANAKO]):
        for form in ([], ["--json"]):
            assert new not in inside.ok(*words, *form)
