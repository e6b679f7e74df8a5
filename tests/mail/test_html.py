"""HTML to readable text, in the layouts that mail programs and newsletters write."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import markup
from dropbox.mail.markup import to_text
from dropbox.mail.page import Page, RULE

sys.path.insert(0, str(Path(__file__).parent))

from killers import SIZE, pages


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # Lines and paragraphs
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<div>one<br></div><div>two</div>", "one\ntwo"),
        ("<p>1</p><p>&nbsp;</p><p>2</p>", "1\n\n2"),
        ("<br><br>x<br><br><br><br>y", "x\n\ny"),
        ("bare <b>bold</b>  text\n\nmore", "bare bold text more"),
        ("<span>a</span> <span>b</span><span>c</span>", "a bc"),
        ("a<hr>b", f"a\n{RULE}\nb"),
        ("<pre>a\n   b\n\nc</pre>", "a\n   b\n\nc"),
        ('<div style="white-space:pre-wrap">a\n  b</div>', "a\n  b"),
        # Outlook: every line a paragraph without margin
        ("<p class=MsoNormal>one</p><p class=MsoNormal>two</p>", "one\ntwo"),
        ('<p style="margin-top:0; margin-bottom:0">one</p><p style="margin:0">two</p>', "one\ntwo"),
        ('<p style="margin:0 0 12px 0">one</p><p>two</p>', "one\n\ntwo"),
        ("<p>a<o:p></o:p></p>", "a"),
        # Japanese
        ("<p>見積書を\r\n   お送りします。</p>", "見積書をお送りします。"),
        ("<p>見積書を<b>\n本日</b>\n送ります</p>", "見積書を本日送ります"),
        ("<p>本日は\nMeeting です</p>", "本日は Meeting です"),
        ("<p>hello\nworld</p>", "hello world"),
        ("<p>안녕\n하세요</p>", "안녕 하세요"),
        ("<p>　字下げ</p>", "　字下げ"),
        # Lists
        ("<ul><li>a</li>\n<li>b</li></ul>\nafter", "- a\n- b\n\nafter"),
        ("<ol start=3><li>c<li>d</ol>", "3. c\n4. d"),
        ("<ol start=x><li>c</ol>", "1. c"),
        ("<ul><li>a<ol><li>b<br>more</ol><li>c</ul>", "- a\n  1. b\n    more\n- c"),
        ("<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n- b"),
        # Tables: data side by side, layout one below the other
        (
            "<table border=1><tr><th>Item</th><th>Price</th></tr>"
            "<tr><td><p>Desk</p></td><td><p>12,000</p></td></tr></table>",
            "Item  Price\nDesk  12,000",
        ),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc"),
        (
            "<table role=presentation><tr><td><table role=presentation><tr><td>Top</td></tr></table>"
            "</td></tr><tr><td><p>One</p><p>Two</p></td></tr></table>",
            "Top\nOne\n\nTwo",
        ),
        ("<table><tr><th align=right>Subject: </th><td>Offer</td></tr></table>", "Subject:  Offer"),
        # Links and pictures
        ('<a href="https://x.test/a">Shop</a>, next', "Shop <https://x.test/a>, next"),
        ('<a href="https://x.test/a"><img src=x></a>b', "b"),
        (
            '<a href="https://x.test/a">A</a><a href="https://x.test/b">B</a>.',
            "A <https://x.test/a> B <https://x.test/b>.",
        ),
        ('<a href="https://x.test/a"><img alt=Shop src=x></a>', "Shop <https://x.test/a>"),
        ('<a href="mailto:ken@x.test?subject=a">Ken</a>', "Ken <ken@x.test>"),
        ('<a href="MAILTO:ken@x.test">Ken@x.test</a>', "Ken@x.test"),
        ('<a href="javascript:x()">a</a><a href="#top">b</a>', "ab"),
        ('<img alt="image001.png" src="cid:1"><img alt="x" width=1 height=1>', ""),
        # Quotations
        (
            "new<blockquote type=cite>old<br><br>older<blockquote>oldest</blockquote></blockquote>end",
            "new\n> old\n>\n> older\n> > oldest\nend",
        ),
        ('<blockquote style="margin:0 0 0 40px;border:none">x</blockquote>', "x"),
        ('<blockquote class="gmail_quote" style="border:none">x</blockquote>', "> x"),
        # What nobody sees
        ('<div style="display: none; max-height:0">preview</div>x', "x"),
        ('<div style="max-height:0px;overflow:hidden">preview</div>x', "x"),
        ("<div hidden>a<b>b</b></div>x", "x"),
        ('<td style="font-size:0px">gap<div style="font-size:13px">text</div></td>', "text"),
        ("<!--[if mso]><p>Outlook</p><![endif]-->x", "x"),
        ("<!--[if !mso]><!-->all<!--<![endif]-->", "all"),
        ("<![if !mso]>all<![endif]>", "all"),
        ("<style>p{}</style><script>a<b</script><svg><text>c</text></svg>x", "x"),
        ("<p>&#8203;soft&shy;hyphen\ufeff</p>", "softhyphen"),
        ("<p>x&zwnj;&nbsp;&zwnj;&nbsp;</p>", "x"),
        ("<p>می\u200cخواهم</p>", "می\u200cخواهم"),
        # Tag soup
        ('<?xml version="1.0" encoding="shift_jis"?><html>é</html>', "é"),
        ("<p>a<p>b</div></table>c", "a\n\nbc"),
        ("<b><i>a</b>b</i>", "ab"),
        ("<title>never closed <p>x", "never closed  x"),
        ("", ""),
    ],
)
def test_html_reads_like_the_page_that_its_sender_saw(source, expected):
    assert to_text(source) == expected


def test_what_follows_too_many_tags_keeps_its_words(monkeypatch):
    monkeypatch.setattr(markup, "MAX_EVENTS", 10)
    monkeypatch.setattr(markup, "_CHUNK", 50)
    notes: dict[str, None] = {}
    text = to_text("<p>word</p>" * 20 + "<b>the</b> &lt;end&gt;", notes)
    assert text.startswith("word\n\nword")
    assert text.endswith("the  <end>")
    assert text.count("word") == 20
    assert "text_capped" in notes


def test_a_page_that_is_nested_too_deep_keeps_its_words():
    notes: dict[str, None] = {}
    text = to_text("<div>" * 5_000 + "in the depth", notes)
    assert "in the depth" in text
    assert "text_capped" in notes


def test_no_hostile_page_is_looked_at_tag_by_tag_to_its_end(monkeypatch):
    met = []

    class Counted(Page):
        def close(self) -> None:
            met.append((self.events, self.depth))

    monkeypatch.setattr(markup, "Page", Counted)
    for _, raw in pages():
        to_text(raw.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"))
    assert len(met) > 20
    # One piece of the source may go beyond.
    assert max(events for events, _ in met) < markup.MAX_EVENTS + markup._CHUNK
    assert max(events for events, _ in met) < SIZE / 20


@given(st.text("<>/abp \n&;#x1\"'=!-あ", max_size=300))
def test_any_text_is_some_page(source):
    text = to_text(source)
    assert text == text.strip("\n")
    assert "\n\n\n" not in text


@given(
    st.lists(
        st.sampled_from(
            "<p> </p> <div> </div> <table> <tr> <td> </td> </table> <blockquote> </blockquote> <ul> <ol>"
            " <li> </ul> <b> </b> <a\thref=http://x.test/> </a> <pre> </pre> <br> <hr>".split(" ")
        )
        | st.just("word"),
        max_size=40,
    )
)
def test_no_word_between_tags_is_lost(pieces):
    source = " ".join(pieces)
    assert to_text(source).count("word") == source.count("word")
