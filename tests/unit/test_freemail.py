import pytest

from dropbox.addresses import canonical_domain
from dropbox.filing.freemail import FREE_MAIL, is_free_mail


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "yahoo.co.jp", "icloud.com", "outlook.jp", "docomo.ne.jp", "ezweb.ne.jp",
     "i.softbank.jp", "nifty.com", "cello.ocn.ne.jp", "aa2.so-net.ne.jp", "t.vodafone.ne.jp"],
)  # fmt: skip
def test_anybody_may_have_an_address_there(domain):
    assert is_free_mail(domain)


@pytest.mark.parametrize(
    "domain", ["corp.example", "ne.jp", "jp", "", "notgmail.com", "toyota.co.jp"]
)
def test_a_domain_of_a_company_is_another_matter(domain):
    assert not is_free_mail(domain)


def test_the_list_is_canonical():
    assert {canonical_domain(domain) for domain in FREE_MAIL} == FREE_MAIL
