"""What is found in files, folders and Maildirs, also while others are at work in them."""

import os
from pathlib import Path

import pytest

from dropbox.archive import maildir
from dropbox.archive.items import Archive
from dropbox.archive.spool import Spool
from dropbox.content import Spilled
from dropbox.filing.outcomes import NotRecorded, Reason

MAIL = b"From: hanako@corp.example\nTo: ann@x.example\n\nHello\n"
FROM = b"From hanako@corp.example Mon Mar  3 09:30:10 2025\n"


@pytest.fixture
def found(tmp_path):
    """What an archive of paths has: mails, files passed over, problems; each by name."""

    def look(*paths: Path, most: int = 1 << 20):
        items = list(Archive(paths or [tmp_path], tmp_path / "spill", most).items())
        names = {id(item): item.name.removeprefix(f"{tmp_path}/") for item in items}
        mails = [names[id(item)] for item in items if item.content]
        problems = {names[id(item)]: item.problem for item in items if item.problem}
        passed = [names[id(item)] for item in items if not item.content and not item.problem]
        return mails, passed, problems

    return look


def write(path: Path, data: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def make_maildir(root: Path, *names: str) -> Path:
    for folder in ("cur", "new", "tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        write(root / name, MAIL.replace(b"Hello", name.encode()))
    return root


def test_folders_are_walked_and_what_is_no_mail_is_passed_over(tmp_path, found):
    write(tmp_path / "a" / "one.eml")
    write(tmp_path / "b" / "17")  # MH
    write(tmp_path / "b" / "INBOX", FROM + MAIL + b"\n" + FROM + MAIL)
    write(tmp_path / "b" / "README", b"Note: this is no mail\nat all\n")
    write(tmp_path / "b" / "INBOX.msf", b"// <!-- <mdb:mork:z")
    write(tmp_path / "b" / "photo.jpg", b"\xff\xd8\xff")
    write(tmp_path / "b" / "empty", b"")
    os.mkfifo(tmp_path / "b" / "pipe")
    mails, passed, problems = found()
    assert [name.partition(",")[0] for name in mails] == [
        "a/one.eml", "b/17", "b/INBOX", "b/INBOX",
    ]  # fmt: skip
    assert sorted(passed) == ["b/INBOX.msf", "b/README", "b/empty", "b/photo.jpg", "b/pipe"]
    assert problems == {}


def test_what_was_named_and_is_no_mail_is_said_so(tmp_path, found):
    photo = write(tmp_path / "photo.jpg", b"\xff\xd8\xff")
    os.mkfifo(tmp_path / "pipe")
    empty = write(tmp_path / "empty.eml", b"")
    gone = tmp_path / "gone.eml"
    _, _, problems = found(photo, tmp_path / "pipe", empty, gone)
    assert problems == {
        "photo.jpg": "is no mail",
        "pipe": "is neither a file nor a folder",
        "empty.eml": "is empty",
        "gone.eml": "No such file or directory",
    }


def test_a_maildir_gives_new_and_cur_and_its_subfolders_but_not_tmp(tmp_path, found):
    make_maildir(tmp_path, "cur/1.a.host:2,S", "new/2.b.host", "tmp/3.c.host", "cur/.hidden")
    make_maildir(tmp_path / ".Sent", "cur/4.d.host:2,RS")
    write(tmp_path / "dovecot.index")
    mails, passed, problems = found()
    assert mails == ["cur/1.a.host:2,S", "new/2.b.host", ".Sent/cur/4.d.host:2,RS"]
    assert (passed, problems) == ([], {})


def test_a_maildir_being_written_to_gives_every_mail_once(tmp_path):
    root = make_maildir(tmp_path, "new/1.a", "new/2.b", "cur/3.c:2,", "cur/4.d:2,")
    seen = []
    for path, opened in maildir.files(str(root)):
        with opened:
            seen.append(opened.read().split(b"\n")[3])
        if path.endswith("1.a"):
            (root / "new/1.a").rename(root / "cur/1.a:2,S")
            (root / "new/2.b").rename(root / "cur/2.b:2,")
            (root / "cur/3.c:2,").rename(root / "cur/3.c:2,RS")
            (root / "cur/4.d:2,").unlink()
            write(root / "new/5.e", MAIL.replace(b"Hello", b"new/5.e"))
    assert seen == [b"new/1.a", b"new/2.b", b"cur/3.c:2,", b"new/5.e"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named_and_the_rest_goes_on(tmp_path, found):
    write(tmp_path / "a.eml").chmod(0)
    write(tmp_path / "b.eml")
    assert found() == (["b.eml"], [], {"a.eml": "Permission denied"})


def test_a_link_to_nowhere_is_named(tmp_path, found):
    (tmp_path / "a.eml").symlink_to(tmp_path / "nowhere")
    assert found()[2] == {"a.eml": "No such file or directory"}


def test_too_large_a_mail_is_named_and_the_next_one_read(tmp_path, found):
    box = write(tmp_path / "box.mbox", FROM + MAIL + b"x" * 2000 + b"\n\n" + FROM + MAIL)
    mails, _, problems = found(box, most=1000)
    assert [name.partition(" (")[0] for name in mails] == ["box.mbox, message 2"]
    assert list(problems.values()) == ["is larger than the limit of 1000 bytes"]


def test_an_mbox_that_changes_while_it_is_read_is_named(tmp_path):
    box = write(tmp_path / "box.mbox", (FROM + MAIL + b"\n") * 3)
    items = Archive([box], tmp_path / "spill", 1 << 20).items()
    next(items)
    box.write_bytes(FROM + MAIL)
    assert "changed while it was read" in list(items)[-1].problem


def test_names_that_are_no_text_can_be_printed(tmp_path, found):
    (tmp_path / os.fsdecode(b"\xff.eml")).write_bytes(MAIL)
    assert found()[0] == ["\ufffd.eml"]


def test_the_size_is_that_of_all_files(tmp_path):
    make_maildir(tmp_path / "m", "cur/1.a:2,", "tmp/2.b")
    write(tmp_path / "one.eml")
    (tmp_path / "link").symlink_to("nowhere")
    size = len(MAIL) + len(MAIL.replace(b"Hello", b"cur/1.a:2,"))
    assert Archive([tmp_path], tmp_path / "spill", 1 << 20).size() == size


def test_the_mails_of_an_mbox_take_all_of_its_size(tmp_path):
    box = write(
        tmp_path / "box.mbox", b"\n" + (FROM + MAIL + b"\n") * 3 + FROM + b"\n" + FROM + MAIL
    )
    archive = Archive([box], tmp_path / "spill", 1 << 20)
    assert sum(item.size for item in archive.items()) == archive.size() == box.stat().st_size


# The spool


def gathered(tmp_path, *pieces: bytes, reject: bool = False):
    return Spool(tmp_path / "spill", 1 << 20, reject_bare=reject).gather(pieces)


@pytest.mark.parametrize(
    ("pieces", "line_ends"),
    [
        ([b"a\nb\n"], b"a\r\nb\r\n"),
        ([b"a\r", b"\nb\r\n"], b"a\r\nb\r\n"),
        ([b"a\r", b"b\r"], b"a\r\nb\r\n"),
        ([b"a\r\nb\nc\r"], b"a\r\nb\r\nc\r\n"),
        ([], b""),
    ],
)
def test_line_ends_become_crlf_wherever_the_pieces_are_cut(tmp_path, pieces, line_ends):
    assert gathered(tmp_path, *pieces).read() == line_ends


def test_in_a_strangers_mail_a_lone_cr_is_what_it_is_on_the_wire(tmp_path):
    spool = Spool(tmp_path / "spill", 1 << 20, live=True)
    assert spool.gather([b"Subject: x\rBcc: y\n"]).read() == b"Subject: x?Bcc: y\r\n"


@pytest.mark.parametrize("pieces", [[b"a\nb\n"], [b"a\r", b"\nb\r\n"], [b"a"]])
def test_line_ends_of_one_kind_are_no_trick(tmp_path, pieces):
    gathered(tmp_path, *pieces, reject=True)


@pytest.mark.parametrize("pieces", [[b"a\r\n", b"b\n"], [b"a\rb\n"], [b"a\r"]])
def test_bare_ones_among_others_are_refused_where_the_setting_says_so(tmp_path, pieces):
    with pytest.raises(NotRecorded) as refused:
        gathered(tmp_path, *pieces, reject=True)
    assert refused.value.reason is Reason.BARE_NEWLINE


def test_a_large_mail_waits_on_disk_in_a_file_without_a_name(tmp_path):
    pieces = [b"x" * 99 + b"\n"] * 5000
    content = gathered(tmp_path, *pieces)
    assert isinstance(content, Spilled)
    assert list((tmp_path / "spill").iterdir()) == []
    assert content.size == 5000 * 101
    assert content.read() == b"".join(pieces).replace(b"\n", b"\r\n")
    content.close()


def test_without_room_to_spill_it_is_put_off(tmp_path):
    (tmp_path / "spill").write_bytes(b"")
    with pytest.raises(NotRecorded) as put_off:
        gathered(tmp_path, b"x" * 300_000)
    assert put_off.value.reason is Reason.BUSY
