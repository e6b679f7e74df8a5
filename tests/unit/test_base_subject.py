"""Base subjects: a reply in any language is of the same conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.filing.threads import base_subject

MARKS = """
Re: RE: re: Fwd: FW: Fw: Re[2]: RE(2): Re^3: Re2: Re*2: RE： ＲＥ： Ｆｗ：
AW: Antw: WG: Antwort: TR: Rép: RV: RES: Res: ENC: R: I: RIF: SV: VS: VB: VL: Doorst:
Odp: PD: Odpověď: Přep: Vá: Továbbítás: Răsp: Отв: Ответ: Пересл: На: Відп: Odg: Prosl:
YNT: Yanıt: İLT: ilt: 回复: 回复： 回覆: 答复: 答覆: 转发: 轉寄:
返信: 転送: 返信： 転送： 회신: 답장: 전달:
[sales] [sales:0123] 【重要】 【サンプル】
""".split()
SPACED = ["Re (2):", "RE :", "(sales 123)", "[sales 12]"]


@pytest.mark.parametrize("mark", [*MARKS, *SPACED])
def test_a_mark_in_any_language_is_no_part_of_the_subject(mark):
    assert base_subject(f"{mark} Offer 12") == "offer 12"
    assert base_subject(f"Re: {mark} Fwd:{mark}  Offer  12 ") == "offer 12"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("", ""),
        ("Re:", ""),
        ("Re: Fwd: 返信:", ""),
        ("お見積りの件", "お見積りの件"),
        ("Re: 【重要】 お見積りの件", "お見積りの件"),
        ("【重要】", "【重要】"),
        ("[sales]", "[sales]"),
        ("[Fwd: Offer]", "offer"),
        ("Re: [Fwd: [sales] Offer] ", "offer"),
        ("Offer (fwd)", "offer"),
        ("Ｏｆｆｅｒ　１２", "offer 12"),
        ("\u200eRe: Offer", "offer"),
        ("Report: sales", "report: sales"),
        ("Reply: sales", "reply: sales"),
        ("Research", "research"),
        ("i: small", "i: small"),
        ("12:30 lunch", "12:30 lunch"),
        ("Offer: re: price", "offer: re: price"),
        ("Re: " * 240 + "Offer", "offer"),
    ],
)
def test_what_is_left_is_the_subject(subject, expected):
    assert base_subject(subject) == expected


@given(st.text(max_size=1_200) | st.text("Re:fwd[]【】 (1)返信：\u200e", max_size=200))
def test_any_subject_has_a_base_and_marks_before_it_change_nothing(subject):
    base = base_subject(subject)
    assert base == " ".join(base.split())
    if len(subject) < 900:
        assert base_subject(f"Re: 転送: {subject}") == base
