"""A catalogue holds what may be shown, and nothing that could carry a price, however it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategy.builder import fact, note

from telltale.core.errors import ConfigError
from telltale.strategy.catalogue import KINDS, load_catalogue, parse_catalogue, shipped_catalogue
from telltale.strategy.wording import foreign_in, money_in

GOOD = """
[[interventions]]
name = "ready"
kind = "preloaded_checkout"
text = { en = "EN", "zh-Hans" = "ZH" }
threshold = 0.6
release = 0.4
hold_s = 3
cool_down_s = 60
most_per_session = 2
share = 0.5
"""


def written(english: str = "Your checkout is ready", chinese: str = "已准备好", more: str = "") -> str:
    return GOOD.replace("EN", english).replace("ZH", chinese) + more


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as told:
        parse_catalogue(text, source="mine.toml")
    return str(told.value)


def test_what_ships_has_every_kind() -> None:
    shipped = shipped_catalogue()
    assert {one.kind for one in shipped.interventions} == set(KINDS)
    assert len(shipped.digest) == 64


def test_the_digest_is_of_all_that_is_in_it(tmp_path: Path) -> None:
    first = parse_catalogue(written(), source="a")
    (tmp_path / "b.toml").write_text("# a comment\n" + written(), encoding="utf-8")
    assert load_catalogue(tmp_path / "b.toml").digest == first.digest
    assert parse_catalogue(written(english="It is ready"), source="a").digest != first.digest


FORBIDDEN_KEYS = [
    "price",
    "prices",
    "price_off",
    "discount",
    "discounts",
    "coupon",
    "voucher",
    "terms",
    "term",
    "shipping",
    "credit",
    "delivery",
    "rebate",
    "refund",
    "instalments",
    "installments",
    "loan",
    "currency",
    "amount",
    "percent",
    "free_gift",
    "bonus_points",
    "conditions",
    "offer",
    "deal",
    "interest_rate",
    "PRICE",
    "tax",
]


@pytest.mark.parametrize("key", FORBIDDEN_KEYS)
def test_no_key_can_carry_a_price_or_a_term(key: str) -> None:
    told = refused(written(more=f"{key} = 9\n"))
    assert told.startswith(f"mine.toml line 12: unknown key 'interventions[0].{key}': no price and no term")


@pytest.mark.parametrize("kind", ["discount", "coupon", "price", "free_shipping", "instalment_offer"])
def test_no_kind_can_carry_a_price(kind: str) -> None:
    assert f"is '{kind}': choose one of" in refused(written().replace("preloaded_checkout", kind))


MONEY = [
    "Now $9",
    "Only 9 €",
    "£5",
    "¥99",
    "99 ￥",
    "₹ 10",
    "5 %",
    "20 percent off",
    "20 per cent",
    "half off",
    "half-off",
    "10 off today",
    "Price drop",
    "priced to go",
    "pricing",
    "It costs less",
    "save 20",
    "You save",
    "savings",
    "cheaper",
    "💰 for you",
    "a 🏷️",
    "CHEAPER now",
    "A deal",
    "deals",
    "bargain",
    "discount",
    "discounted",
    "vouchers",
    "a coupon",
    "promo code",
    "free shipping",
    "Free-shipping",
    "Shipping is free",
    "free delivery",
    "for free",
    "free gift",
    "pay later",
    "Pay in 3",
    "instalments",
    "installments",
    "interest-free",
    "credit",
    "refund",
    "cashback",
    "2 for 1",
    "buy one get one",
    "BOGO",
    "gift card",
    "9 euros",
    "9 dollars",
    "9 yuan",
    "9 usd",
    "two for one",
    "p r i c e",
    "p.r.i.c.e",
    "P-R-I-C-E",
    "pr1ce",
    "pr!ce is low: price",
    "d1scount",
    "D3AL",
    "c0up0n",
    "de.al",
    "ｐｒｉｃｅ",
    "PRICE",
    "príce",
    "pri\u200bce",
    "pri\u00adce",
    "vou-cher",
    "dis\u0301count",
    "d_i_s_c_o_u_n_t",
    "\\u0024 9",
    "nothing to pay: gratis",
]


@pytest.mark.parametrize("text", MONEY)
def test_no_english_text_speaks_of_money(text: str) -> None:
    told = refused(written(english=text))
    assert "mine.toml line 5: 'interventions[0].text.en' speaks of money or terms" in told
    # A text in the wrong language is read with the same care.
    assert "'interventions[0].text.zh-Hans' speaks of money" in refused(written(chinese=f"新 {text}"))


CHINESE_MONEY = [
    "限时优惠",
    "優惠",
    "8折",
    "打折",
    "满100减20",
    "立减",
    "券后更好",
    "领券",
    "免邮",
    "包邮",
    "免运费",
    "特价",
    "半价",
    "價格",
    "分期付款",
    "免息",
    "首付",
    "便宜",
    "省钱",
    "低至",
    "九块九",
    "9块9",
    "99元",
    "五十元",
    "返现",
    "红包",
    "补贴",
    "赠品",
    "买一送一",
    "促销",
    "清仓",
    "秒杀",
    "免费",
    "积分",
    "¥9",
    "￥9",
    "5％",
    "优 惠",
    "优.惠",
    "优\u200b惠",
    "包 邮",
    "分-期",
]


@pytest.mark.parametrize("text", CHINESE_MONEY)
def test_no_chinese_text_speaks_of_money(text: str) -> None:
    told = refused(written(chinese=text))
    assert "mine.toml line 5: 'interventions[0].text.zh-Hans' speaks of money or terms" in told


@pytest.mark.parametrize("text", ["рrice", "dіscount", "Скидка", "割引 です ね", "ディスカウント", "할인"])
def test_letters_that_the_fence_cannot_read_are_refused(text: str) -> None:
    told = refused(written(english=text))
    assert "a letter of another script" in told or "speaks of money" in told


def test_other_languages_are_refused_because_nobody_reads_them() -> None:
    text = written().replace('"zh-Hans" = "已准备好"', '"zh-Hans" = "已准备好", de = "20 Rabatt"')
    assert "'interventions[0].text.de' is in a language that is not checked" in refused(text)
    assert "has no 'zh-Hans'" in refused(written().replace(', "zh-Hans" = "已准备好"', ""))


WORDLESS = [
    "Only 19.99 today",
    "Yours for 9,99",
    "Yours for 19.99, was 40",
    "From 20 to 10",
    "was 40, now 20",
    "was forty, now twenty",
    "At half of yesterday",
    "On sale now",
    "Sale ends tonight",
    "complimentary gift wrap",
    "on the house",
    "no extra charge",
    "at no charge",
    "two thirds of what others pay",
    "10 less today",
    "ten bob",
    "RRP 40",
    "Yours today for a tenner",
    "save more today",
    "extra 5 back in your wallet",
    "zero down",
    "②",
    "½",
    "Ｏnly ９",
    "٩",
    "只要9.9",
    "仅99",
    "到手99",
    "99拿下",
    "一口气送",
    "配送",
    "买二送一",
    "第二件半",
    "买1送1",
    "加量不加",
    "零首期",
    "包税",
    "无门槛",
    "VIP专享",
    "满200-30",
    "满二百立少三十",
    "限时抢购",
    "五折",
    "赠",
]


@pytest.mark.parametrize("text", WORDLESS)
def test_no_text_and_no_fact_says_a_price_in_other_words(text: str) -> None:
    why = "speaks of money or terms|holds the number"
    assert re.search(f"'interventions\\[0\\].text.en' ({why})", refused(written(english=text)))
    assert re.search(f"'interventions\\[0\\].text.zh-Hans' ({why})", refused(written(chinese=text)))
    with pytest.raises(ValueError, match=r"speaks of money or terms|which may be a price"):
        fact("product_sentence", text)


@pytest.mark.parametrize("text", ["Only 3 left", "Ends at 20:15", "Lamp 7", "剩 3 件", "2-year guarantee"])
def test_a_text_holds_no_number_of_its_own(text: str) -> None:
    assert "only a fact that is a count may put one in" in refused(written(english=text))
    assert "only a fact that is a count may put one in" in refused(written(chinese=text))


PLAIN = [
    "Your checkout is ready",
    "Machine washable",
    "Two-year guarantee",
    "Sugar-free",
    "Free of parabens",
    "Ideal for dealers of cards",
    "Rice cooker of wood",
    "Saves you time",
    "Saves more energy",
    "Fully charged in an hour",
    "A leather wallet",
    "Wholesome",
    "Office lamp",
    "Deep rice bowl",
    "USB-C",
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_texts_pass(text: str) -> None:
    assert parse_catalogue(written(english=text), source="mine.toml").interventions[0].text["en"] == text


@pytest.mark.parametrize(
    "text", ["库存充足", "结算页已为你准备好", "今晚结束", "过去一小时有人购买", "LED 灯，可水洗", "两年保修"]
)
def test_plain_chinese_texts_pass(text: str) -> None:
    parse_catalogue(written(chinese=text), source="mine.toml")


@given(st.sampled_from(["price", "discount", "coupon", "voucher", "cheaper", "instalments"]), st.data())
def test_a_word_is_found_in_any_case_width_and_spacing(word: str, data: st.DataObject) -> None:
    wide = {letter: chr(ord(letter) + 0xFEE0) for letter in "abcdefghijklmnopqrstuvwxyz"}
    forms = [data.draw(st.sampled_from([one, one.upper(), wide[one]])) for one in word]
    between = data.draw(st.sampled_from(["", "\u200b", " ", ".", "-", "\u00ad", "_", "\u2060"]))
    assert money_in(f"see {between.join(forms)} here")


def test_a_word_is_not_found_where_it_is_not() -> None:
    assert money_in("") == foreign_in("", "en") == ""
    assert foreign_in("Ça va, naïve", "en") == ""


def test_all_problems_of_a_file_are_told_with_their_lines() -> None:
    text = GOOD.replace("EN", "20% off").replace("ZH", "好") + GOOD.replace("EN", "It is {price}").replace(
        "ZH", "好 {fact}"
    ).replace("0.4", "0.9").replace("= 2", "= 0").replace("hold_s = 3", "hold_s = -1")
    told = refused(text + "coupon = 1\n").splitlines()
    why = "no price and no term may follow from what a face shows, and no setting allows it"
    assert told == [
        f"mine.toml line 5: 'interventions[0].text.en' speaks of money or terms ('%'): {why}",
        f"mine.toml line 23: unknown key 'interventions[1].coupon': {why}",
    ]
    # What is of the wrong value is told once the keys are right.
    again = refused(text)
    for wanted in (
        "line 5: 'interventions[0].text.en' speaks of money",
        "line 16: 'interventions[1].text.en' has a placeholder that is not {fact}",
        "line 16: 'interventions[1].text.en' speaks of money",
        "line 16: 'interventions[1].text.zh-Hans' holds {fact} and no 'fact' is named",
        "line 18: 'interventions[1].release' is 0.9",
        "line 19: 'interventions[1].hold_s' is -1.0",
        "line 21: 'interventions[1].most_per_session' is 0",
    ):
        assert wanted in again


def test_names_are_one_of_a_kind() -> None:
    assert "line 14: 'interventions[1].name' is 'ready', as another's" in refused(written() + written())


@pytest.mark.parametrize("kind", ["limited_time_badge", "social_proof_note"])
def test_badges_and_notes_want_a_fact(kind: str) -> None:
    text = written().replace("preloaded_checkout", kind)
    assert "which wants 'fact'" in refused(text)
    parse_catalogue(text + 'fact = "stock_left"\n', source="mine.toml")
    assert "is 'rumour': choose one of" in refused(text + 'fact = "rumour"\n')


@pytest.mark.parametrize(
    "text",
    ["{fact} off", "Save {fact}", "Now {fact} for 1", "{fact} 元", "{fact}块", "was {fact}", "仅{fact}"],
)
def test_no_number_put_in_for_the_fact_makes_a_price(text: str) -> None:
    more = 'fact = "stock_left"\n'
    assert "speaks of money" in refused(written(english=text, more=more))


def test_a_text_says_its_fact() -> None:
    told = note(
        kind="social_proof_note", fact="stock_left", text={"en": "{fact} left", "zh-Hans": "剩 {fact} 件"}
    )
    assert told.say("zh-Hans", fact()) == "剩 3 件"
    assert told.say("fr", fact()) == "3 left"
