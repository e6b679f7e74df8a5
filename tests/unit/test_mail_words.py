"""Encoded words and charsets: garbled names are what users complain about first."""

from __future__ import annotations

import base64
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import charsets, emoji, japanese, lossy, words


def b64(data: bytes, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(data).decode()}?="


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
        ("=?UTF-8?b?5bGx55Sw?=", "山田"),
        ("=?utf-8*en?Q?a?=", "a"),
        ("=?utf-8?Q?Really??=", "Really?"),
        ("=?utf-8?Q?a?b?= =?utf-8?Q?c?=", "a?bc"),
        ("=?utf-8?Q?begun =?utf-8?Q?a?=", "=?utf-8?Q?begun a"),
        ("=?utf-8? Q?a?=", "a"),
        ("=?utf-8?Q?=3D=3Futf-8=3FB=3F5bGx55Sw=3F=3D?=", "山田"),
        ("=?utf-8?Q?about_=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "about =?utf-8?Q?a?="),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?=\t =?iso-8859-1?Q?=E9?=", "aé"),
        ("=?utf-8?Q?=E5=B1=B1?= =?iso-8859-1?Q?=E9?=", "山é"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("Re:=?utf-8?Q?a?=b", "Re:ab"),
        ("=?utf-8?B?5bGx55Sw", "=?utf-8?B?5bGx55Sw"),
        ("=?utf-8?B?5bGx55S?= =?utf-8?B?w?=", "山\ufffd"),
        ("=?utf-8?B?5bGx 55Sw?=", "山田"),
        ("=?x-nobody?Q?caf=C3=A9?=", "café"),
        ("=?x-nobody?Q?caf=E9?=", "café"),
        ("=?iso-8859-1?Q?=93quoted=94?=", "“quoted”"),
        ("=?utf-8?Q?a=0D=0Ab=00c?=", "a bc"),
        ("=?gb2312?B?lsg=?=", codecs.decode(b"\x96\xc8", "gb18030")),
        ("=?ks_c_5601-1987?B?sOg=?=", "계"),
        ("=?ks_c_5601-1987?B?jGM=?=", codecs.decode(b"\x8c\x63", "cp949")),
    ],
)
def test_a_header_is_decoded_as_mail_programs_do(text, expected):
    assert words.decode(text) == expected


def test_a_character_cut_in_two_by_two_words_is_whole_again():
    data = "山田".encode()
    assert words.decode(f"{b64(data[:4], 'utf-8')} {b64(data[4:], 'UTF-8')}") == "山田"
    assert words.decode("=?utf-8?Q?=E5=B1?=\r\n =?utf-8?Q?=B1?= x") == "山 x"


@given(st.text(min_size=1).filter(lambda text: text.isprintable() and text == text.strip()))
def test_what_was_encoded_comes_back(text):
    data = text.encode()
    assert words.decode(b64(data, "utf-8")) == text
    cut = len(data) // 2
    quoted = "".join(f"={byte:02X}" for byte in data[:cut]) or "="
    if cut:
        assert words.decode(f"=?utf-8?Q?{quoted}?= {b64(data[cut:], 'utf-8')}") == text


@pytest.mark.parametrize(
    ("data", "label", "expected"),
    [
        ("①㈱髙﨑".encode("cp932"), "shift_jis", "①㈱髙﨑"),
        ("①".encode("cp932"), "Shift-JIS", "①"),
        (b"\xad\xa1 \xad\xea", "euc-jp", "① ㈱"),
        (b"\xfc\xe2", "euc-jp", "髙"),
        (b"\x8f\xf4\xfb \xc6\xfc", "euc-jp", "髙 日"),
        (b"\x1b$B-!-j\x1b(B a", "iso-2022-jp", "①㈱ a"),
        (b"\x1b$B|b\x1b(B", "iso-2022-jp", "髙"),
        (b"\x1b(I1\x1b(B", "iso-2022-jp", "ｱ"),
        (b"\x0e1\x0f", "iso-2022-jp", None),
        (b'\x1b$B$"\x1b(B', "", "あ"),
        (b'\x1b$B$"\x1b(B', "us-ascii", "あ"),
        (b'\x1b$B$"\x1b(B', "utf-8", "あ"),
        ("あいう".encode(), "iso-2022-jp", "あいう"),
        ("あいう".encode("euc_jp"), "iso-2022-jp", "あいう"),
        ("表示です".encode("cp932"), "iso-2022-jp", "表示です"),
        ("こんにちは、世界".encode("cp932"), "", "こんにちは、世界"),
        ("こんにちは、世界".encode("euc_jp"), "", "こんにちは、世界"),
        (b"\xa1\xc1", "euc-jp", "～"),
        (b"\x81\x60", "shift_jis", "～"),
        (b"\x1b$B!A\x1b(B", "iso-2022-jp", "～"),
        ("café".encode("latin-1"), "us-ascii", "café"),
        ("café".encode(), "us-ascii", "café"),
        (b"\x80\x93\x81", "iso-8859-1", "€“\x81"),
        ("café".encode("latin-1"), "utf-8", "café"),
        ("café".encode() + b"\xff", "utf-8", "café\ufffd"),
        ("ü".encode("cp1254") + b"\xfe", "iso-8859-9", "üş"),
        (b"a\x00b", "", "ab"),
        (b"a\x00b\x00", "utf-16-le", "ab"),
        (b"\xff\xfea\x00", "utf-16", "a"),
        (b"a\x00", "utf-16", "a"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"abc", "rot13", "abc"),
        (b"616263", "hex", "616263"),
        (b"abc", "x" * 500, "abc"),
        (b"abc", "\x00\ud800", "abc"),
        (b"caf\xe9", "punycode", "café"),
    ],
)
def test_a_charset_is_read_as_its_writers_use_it(data, label, expected):
    text = charsets.decode(data, label)
    if expected is not None:
        assert text == expected
    assert "\ufffd" not in text or (expected and "\ufffd" in expected)


@pytest.mark.parametrize(
    ("text", "label"), [("這是新的價目表。", "big5"), ("새 가격표입니다.", "euc-kr")]
)
def test_utf_8_under_another_label_is_read_even_when_it_was_taken_for_latin_1_before(text, label):
    assert charsets.decode(text.encode(label).decode("latin-1").encode(), label) == text
    assert charsets.decode("Grüße, naïve €, ÿ".encode(), "big5") == "Grüße, naïve €, ÿ"


def test_the_ibm_kanji_of_eucjp_ms_are_all_there():
    triples = [bytes((0x8F, row, cell)) for row in (0xF3, 0xF4) for cell in range(0xA1, 0xFF)]
    read = {charsets.decode(triple, "euc-jp") for triple in triples}
    assert {"髙", "﨑", "ⅰ", "Ⅹ"} <= read


@given(st.text("あア漢字①髙ｱa1 \n～", max_size=30))
def test_japanese_text_survives_each_of_its_charsets(text):
    assert charsets.decode(text.encode("cp932"), "shift_jis") == text
    assert charsets.decode(text.encode(), "utf-8") == text
    # No codec of Python's writes ① in JIS: what it cannot write is written by hand here.
    jis = b"".join(
        b"\x1b$B-!\x1b(B"
        if sign == "①"
        else b"\x1b$B|b\x1b(B"
        if sign == "髙"
        else b"\x1b$B!A\x1b(B"
        if sign == "～"
        else sign.encode("iso2022_jp_ext")
        for sign in text
    )
    assert charsets.decode(jis, "iso-2022-jp") == text


@pytest.mark.parametrize(
    ("data", "label", "expected"),
    [
        (b"\xf8\x9f", "shift_jis", "☀"),
        (b"\xf3\x41", "shift_jis", "〓"),
        (b"\xf9\x41", "shift_jis", "〓"),
        ("\ue63e\ue6ec\ue001\uea80".encode(), "utf-8", "☀❤〓〓"),
        (b'\x1b$Bu:$"\x1b(B', "iso-2022-jp", "〓あ"),
        ("\uf8ff".encode(), "utf-8", "\uf8ff"),
    ],
)
def test_a_carriers_picture_is_an_emoji_or_a_geta_and_never_a_kanji(data, label, expected):
    assert charsets.decode(data, label) == expected


def test_pictures_and_blanks_within_a_long_run_cost_no_sign_beside_them():
    text = charsets.decode(b"\x1b$B" + b'u:$" $$ ' * 1_000 + b"$&x\x1b(B", "iso-2022-jp")
    assert text == "〓あ い " * 1_000 + "う\ufffd"


def test_the_docomo_table_ends_where_its_last_signs_are():
    assert emoji.from_unicode("\ue6a5\ue70a\ue653\ue691") == "↙➰⚾👀"


@given(st.binary(max_size=200), st.sampled_from(["", *charsets._ALIASES, "utf-32", "cp037", "hz"]))
def test_any_bytes_under_any_label_become_clean_text(data, label):
    text = charsets.decode(data, label)
    assert "\x00" not in text
    text.encode()


def test_reading_with_care_ends_after_so_many_runs_and_the_rest_is_still_read():
    unit = b"\x1b$B-!\x1b(Ba"
    count = japanese._RUNS + 5
    text = charsets.decode(unit * count + b'\x1b$B$"\x1b(Bz', "iso-2022-jp")
    assert text.startswith("①a①a")
    assert text.endswith("z")


def test_bytes_that_are_no_text_are_given_up():
    assert len(lossy.decode(b"\xff" * 1_000_000, "utf-8")) < 2 * lossy.MAX_GAPS + lossy.CHUNK_BYTES
    whole = ("あ" * 60_000).encode()
    assert lossy.decode(b"\xff" + whole, "utf-8") == "\ufffd" + "あ" * 60_000


GREETING = "お世話になっております。お見積の件です。"


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "windows-1252", "koi8-r", "windows-1251", "euc-jp"]
)
def test_utf_8_under_a_label_that_any_bytes_would_fit_is_read_as_utf_8(label):
    assert charsets.decode(GREETING.encode(), label) == GREETING


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "gb2312", "euc-jp", "koi8-r"])
def test_shift_jis_under_another_label_is_known_by_its_kana(label):
    assert charsets.decode(GREETING.encode("cp932"), label) == GREETING
    assert charsets.decode(GREETING.encode("cp932") * 200, label) == GREETING * 200


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "shift_jis", "utf-8"])
def test_euc_jp_under_another_label_is_known_by_its_kana(label):
    assert charsets.decode(GREETING.encode("euc_jp"), label) == GREETING


def test_kanji_under_a_western_label_are_known_by_bytes_that_it_leaves_free():
    assert charsets.decode("見積書の件".encode("cp932"), "iso-8859-1") == "見積書の件"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("‚Ja‘, sagte er. Ärger über Öl, ƒ‚", "cp1252"),
        ("Ça coûte 5 ¤, ¤ ou £", "latin-1"),
        ("ﾃｽﾄ､ｹ､ﾃﾞｽ｡", "cp932"),
        ("您好，报价单请查收", "gb18030"),
        ("Привет, Иван", "koi8_r"),
    ],
)
def test_what_its_label_explains_stays_what_the_label_says(text, codec):
    assert charsets.decode(text.encode(codec), codec) == text


def test_utf_8_under_the_label_of_utf_16_is_known_by_its_lack_of_zeros():
    assert charsets.decode(f"{GREETING}\n山田\n".encode(), "utf-16") == f"{GREETING}\n山田\n"
    assert charsets.decode("山田\n太郎".encode("utf-16-le"), "utf-16") == "山田\n太郎"


def test_jis_without_its_escapes_gets_them_back():
    jis = "見積の件 (B案)".encode("iso2022_jp").replace(b"\x1b", b"")
    assert charsets.decode(jis, "iso-2022-jp") == "見積の件 (B案)"
    assert charsets.decode(b"$Base (B) and $B", "iso-2022-jp") == "$Base (B) and $B"


def test_half_width_kana_between_shifts_are_read():
    assert charsets.decode(b"\x0eC=D\x0f ok", "iso-2022-jp") == "ﾃｽﾄ ok"
    assert charsets.decode(b"\x0e1\r\n2\x0f", "iso-2022-jp") == "ｱ\r\nｲ"
    assert charsets.decode(b"\x1b(I1 2\n\x1b(B", "iso-2022-jp").startswith("ｱ ｲ")
