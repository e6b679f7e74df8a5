import re
from pathlib import Path

import pytest

from dropbox.filing import decide, inside
from dropbox.filing.correspondents import Action, Why
from dropbox.filing.decision import Step
from dropbox.filing.outcomes import OUTCOMES, Reason
from storage.explanation import answer, explain

SAID = re.findall(
    r'(?:_say|Step)\("(\w+)", "(\w+)"',
    "".join(Path(one.__file__).read_text("utf-8") for one in (decide, inside)),
)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("step", "result"), SAID)
def test_every_answer_of_the_road_has_words(step, result, language):
    said = answer(Step(step, result, "DETAIL"), language)
    assert said != f"{result} DETAIL"
    assert said.isascii() == (language == "en" or result == "postmaster")
    assert "{}" not in said


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("action", Action)
def test_every_rule_about_a_correspondent_has_words(action, why):
    step = Step("correspondent", f"{action}:{why}", "taro@customer.example")
    assert "taro@customer.example" in answer(step)
    assert answer(step, "ja") != answer(step)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained_in_both_languages(reason):
    assert explain(reason, ())[0] == OUTCOMES[reason].en
    assert explain(reason, (), language="ja")[0] == OUTCOMES[reason].ja


def test_an_answer_of_a_later_version_is_shown_as_it_is():
    assert answer(Step("moon", "full", "tonight")) == "full tonight"


def test_it_says_which_rule_decided():
    steps = (Step("never_log", "masked", "1"), Step("author", "stranger", "x@evil.example"))
    *_, last = explain(Reason.SENDER_NOT_ALLOWED, (*steps, Step("address", "exposed")))
    assert last == "Decided by: x@evil.example, who is no allowed sender of the user"
    *_, last = explain(Reason.NEVER_LOG, (), "*.secret.example")
    assert last == "Decided by: the never-log list: *.secret.example"


def test_what_another_user_recorded_before_decides_nothing():
    steps = (
        Step("correspondent", "file:matched", "ann@customer.example"),
        Step("seen", "by_another_user"),
    )
    assert explain(Reason.FILED, steps)[-1].endswith("for ann@customer.example: already known")
