from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import local_dates

MARCH = datetime(2024, 3, 5, 14, 3)  # noqa: DTZ001 - no zone is named


@pytest.mark.parametrize(
    "text",
    [
        "Tue, Mar 5, 2024 at 2:03 PM",
        "Tue, Mar 5, 2024 at 2:03\u202fPM",
        "Tuesday, March 5th, 2024 2:03 p.m.",
        "On Tuesday, 5 March 2024 at 14:03",
        "Tue Mar 5 14:03:00 2024",
        "05-Mar-2024 14:03",
        "5-Mar-24 2:03 pm",
        "2024-03-05 14:03",
        "2024-03-05T14:03:00",
        "2024年3月5日(火) 14:03",
        "２０２４年３月５日（火）　１４：０３",
        "2024年3月5日火曜日 14:03",
        "2024/03/05 (火) 午後2:03",
        "2024/3/5, Tue 14:03",
        "令和6年3月5日 14時03分",
        "R6 2024.3.5 14:03",
        "Dienstag, 5. März 2024 14:03",
        "Di., 5. März 2024 um 14:03 Uhr",
        "05.03.2024 14:03",
        "05.03.24, 14:03",
        "mar. 5 mars 2024 à 14:03",
        "mardi 5 mars 2024 à 14h03",
        "mar, 5 mar 2024 a las 14:03",
        "martes, 5 de marzo de 2024 2:03 p. m.",
        "ter., 5 de mar. de 2024 às 14:03",
        "terça-feira, 5 de março de 2024 14:03",
        "mar 5 mar 2024 alle ore 14:03",
        "di 5 mrt 2024 om 14:03",
        "den 5 mars 2024 kl. 14:03",
        "tir. 5. mars 2024 kl. 14:03",
        "tir. 5. mar. 2024 kl. 14.03",
        "ti 5. maalisk. 2024 klo 14.03",
        "tiistai 5. maaliskuuta 2024 14.03",
        "wt., 5 mar 2024 o 14:03",
        "wtorek, 5 marca 2024 14:03",
        "út 5. 3. 2024 v 14:03",
        "úterý 5. března 2024 14:03",
        "utorok 5. marca 2024 14:03",
        "2024. márc. 5., K 14:03",
        "2024. március 5., kedd 14:03",
        "mar., 5 mar. 2024 la 14:03",
        "marți, 5 martie 2024 14:03",
        "вт, 5 мар. 2024 г. в 14:03",
        "5 марта 2024 г. 14:03",
        "вт, 5 бер. 2024 р. о 14:03",
        "uto, 5. ožu 2024. u 14:03",
        "5. ožujka 2024. 14:03",
        "T, 5. märts 2024 kell 14:03",
        "5 Mar 2024 Sal, 14:03",
        "5 Mart 2024 Salı 14:03",
        "2024年3月5日 星期二 下午2:03",
        "2024年3月5日(星期二) 下午2:03",
        "2024年3月5日 週二 下午2:03",
        "2024년 3월 5일 (화) 오후 2:03",
        "2024. 3. 5. 오후 2:03",
        "dt., 5 de març de 2024 a les 14:03",
        "2024 m. kovo 5 d., antradienis 14:03",
        "otrd., 2024. gada 5. marts, plkst. 14:03",
        "torek, 05. marec 2024 14:03",
        "уторак, 5. март 2024. 14:03",
        "Τρίτη, 5 Μαρτίου 2024 2:03 μμ",
        "Τρί 5 Μαρ 2024 στις 2:03 μ.μ.",
        "יום שלישי 5 מרץ 2024 14:03",
        "5 במרץ 2024 ב-14:03",
        "الثلاثاء، ٥ مارس ٢٠٢٤ في ٢:٠٣ م",
        "5 Maret 2024 14:03",
        "14:03, Th 3, 5 thg 3, 2024",
        "Thứ Ba, 5 Tháng Ba 2024 2:03 CH",
        "5 tháng 3 năm 2024 2:03 chiều",
        "อ. 5 มี.ค. 2024 เวลา 14:03",
        "วันอังคารที่ 5 มีนาคม 2567 14:03",
        "๕ มีนาคม พ.ศ. ๒๕๖๗ ๑๔:๐๓ น.",
        "Am Dienstag, den 5. März 2024 um 14:03",
        "5 March 2024 PM 2:03",
        "tisdag, mars 5, 2024 2:03:00 em",
        "tiistai, maaliskuuta 5, 2024 2:03:00 ip.",
        "kedd, március 5, 2024 2:03:00 du.",
        "úterý, března 5, 2024 2:03:00 odp.",
        "utorok, marca 5, 2024 2:03:00 popoludní",
        "вівторок, березня 5, 2024 2:03:00 пп",
        "星期二, 三月 5, 2024 2:03:00 下午",
        "יום שלישי 5 מרץ 2024 2:03 אחה״צ",
    ],
)
def test_what_programs_write_in_any_language_is_read(text):
    assert local_dates.read(text) == MARCH


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("5 March 2024 at 14:03:00 GMT+9", 9),
        ("2024年3月5日 14:03:00 JST", 9),
        ("2024/03/05 14:03 (GMT+09:00)", 9),
        ("Tue, 05 Mar 2024 14:03:00 +0900 (JST)", 9),
        ("5 mars 2024 à 14:03:00 UTC+1", 1),
        ("5. März 2024 um 14:03:00 MEZ", 1),
        ("5 March 2024 at 14:03:00 EEST", 3),
        ("Tuesday, March 5, 2024, 2:03:00 PM -0500", -5),
        ("03/05/2024 2:03 PM EST", -5),
        ("5 March 2024 at 14:03 \u22125", -5),
        ("Вторник, 5 марта 2024, 14:03 +03:00", 3),
        ("2024-03-05T14:03:00Z", 0),
        ("5 March 2024 14:03 日本標準時", 9),
        ("5 March 2024 at 14:03:00 BST", 1),
        ("5. března 2024 14:03:00 SEČ", 1),
        ("5 mars 2024 à 14:03:00 HNE", -5),
        ("2024年3月5日 GMT+8 14:03:00", 8),
        ("2024年3月5日 CST 下午2:03:00", 8),
        ("2024年3月5日 14:03:00 CST", 8),
        ("Mar 5, 2024 at 2:03:00 PM CST", -6),
        ("2024년 3월 5일 GMT+9 오후 2:03:00", 9),
    ],
)
def test_a_zone_that_is_named_makes_an_instant(text, hours):
    assert local_dates.read(text) == MARCH.replace(tzinfo=UTC) - timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    [
        "", "5", "yesterday", "soon, at 14:03", "14:03", "March 2024", "5 March", "2024年3月",
        "03/05/2024 14:03", "24/03/05 14:03", "5 listopada 2024 14:03", "5 March 2024 14:03 IST",
        "31.02.2024 14:03", "5 March 1824 14:03", "2024-03-05 25:03", "2024-03-05 17:03 AM",
        "5" * 10_000, "5 March 2024 " * 100, "99/99/9999", "5 ٣ 2024",
    ],
)  # fmt: skip
def test_what_is_no_date_or_can_be_read_in_two_ways_is_none(text):
    assert local_dates.read(text) is None


def test_the_language_of_the_labels_says_what_is_the_day_and_which_the_month():
    assert local_dates.read("05/03/2024 14:03", ["fr"]) == MARCH
    assert local_dates.read("05/03/2024 14:03", ["ja"]) is None
    october, november = (datetime(2024, month, 5, 14, 3) for month in (10, 11))  # noqa: DTZ001
    assert local_dates.read("5. listopada 2024. 14:03", ["hr"]) == october
    assert local_dates.read("5 listopada 2024 14:03", ["pl"]) == november
    assert local_dates.read("5 listopada 2024 14:03", ["pl", "hr"]) is None


def test_a_year_of_two_digits_stands_in_front_in_east_asia_and_behind_elsewhere():
    assert local_dates.read("24.03.05 14:03", ["ko"]) == MARCH
    assert local_dates.read("24/03/05 (火) 14:03") == MARCH
    assert local_dates.read("05.03.24 14:03", ["de"]) == MARCH


def test_noon_and_midnight_are_told_apart_on_a_twelve_hour_clock():
    for text, hour in (("12:03 AM", 0), ("12:03 PM", 12), ("午前0:03", 0), ("午後0:03", 12)):
        read = local_dates.read(f"2024/3/5 {text}")
        assert read is not None
        assert read.hour == hour


def test_a_german_am_is_no_half_of_the_day():
    assert local_dates.read("Am 5. März 2024 um 12:03") == MARCH.replace(hour=12)
    assert local_dates.read("5. März 2024 12:03 am") == MARCH.replace(hour=0)


def test_half_days_of_other_languages_are_words_elsewhere():
    early = MARCH.replace(hour=9)
    assert local_dates.read("às 9:03 em 5 de março de 2024") == early
    assert local_dates.read("à 9:03 du 5 mars 2024") == early
    assert local_dates.read("a las 14:03 de 5 marzo 2024") == MARCH
    assert local_dates.read("tisdag, mars 5, 2024 9:03 fm") == early


def test_thailand_counts_years_from_the_death_of_buddha():
    assert local_dates.read("5/3/2567 14:03", ["th"]) == MARCH
    assert local_dates.read("5 March 2567 14:03") is None
    assert local_dates.read("5 มี.ค. 1467") is None


def test_a_day_without_a_time_is_its_midnight():
    assert local_dates.read("令和元年5月1日") == datetime(2019, 5, 1)  # noqa: DTZ001


@pytest.mark.parametrize("language", sorted(local_dates._MONTH_NAMES))
def test_every_month_of_a_language_is_known_to_it_in_all_its_forms(language):
    for number, forms in enumerate(local_dates._MONTH_NAMES[language].split("|"), 1):
        for form in forms.split():
            read = local_dates.read(f"5 {form} 2024 14:03", [language])
            assert read is not None, form
            assert read.month == number, form


@given(st.text(max_size=130) | st.text("0123456789/.-: 年月日時分午後,+marPM", max_size=60))
def test_any_text_is_read_without_raising_and_within_the_years_there_are(text):
    read = local_dates.read(text)
    assert read is None or 1969 <= read.year <= 2200


def test_a_letter_for_an_era_counts_beside_japanese():
    assert local_dates.read("R7.3.3 14:30", {"ja"}) == datetime.fromisoformat("2025-03-03T14:30")
    assert local_dates.read("H31.4.30(火) 14:30") == datetime.fromisoformat("2019-04-30T14:30")
    assert local_dates.read("R7.3.3 14:30") != datetime.fromisoformat("2025-03-03T14:30")
