"""Words that speak of money or of terms: a text that holds one may not follow from what a face shows.

This is a second fence. The first is that no kind of intervention exists that could carry a price. A list of
words can be got round, and it refuses harmless ones too (`评价`, a review, holds `价`): say it otherwise. It
reads English and Chinese, so these are the only languages a catalogue may have. `Only 19.99` is a price and
needs no such word. So a text holds no number (`number_in`), and words that a shop states only those that
measure something (`bare_number_in`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal, get_args

Language = Literal["en", "zh-Hans"]
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)

_ENGLISH: Final = re.compile(
    r"""\b(?:
    pric(?:e[sd]?|ey|ing) | costs? | costing | costly | money | cash(?:back)? | fees? | tax(?:es)? | vat
    | dollars? | bucks? | cents? | euros? | pounds? | quid | pence | yuan | renminbi | kuai | yen
    | usd | eur | gbp | rmb | cny | jpy | hkd | ils | shekels?
    | per\s?cent | pct | percentage | (?:half|\d+)\s?off | [2-9]\s(?:for|4)\s[1-9] | two\s?for\s?one | bogo
    | off\s?(?:everything|today|now|your) | markdowns?
    | discount(?:s|ed)? | vouchers? | coupons? | rebates? | refunds? | promos? | promo\s?codes? | promotions?
    | (?:special|exclusive|limited)\s?offers? | deals? | bargains? | clearance | giveaways?
    | cheap(?:er|est|ly)? | afford(?:able|ably)? | inexpensive | savings? | saves?\s?\d+ | you\s?save
    | save\s?(?:on|up|big)
    | credit | loans? | instal?lments? | financing | pay\s?(?:later|monthly|in) | monthly\s?payments?
    | interest\s?(?:free|rates?) | bnpl | gift\s?cards? | (?:bonus|loyalty|reward)\s?points | gratis
    | (?:for|get\s?(?:it|one)|one|is|are)\s?free | buy\s?(?:one|1|2|two)\s?get
    | sales? | complimentary | on\sthe\shouse | pay(?:s|ing|able)? | paid | payments? | rrp | msrp
    | surcharges?
    | (?:extra|no|additional|any|without|free\sof)\s(?:extra\s)?charges? | (?:zero|nothing|no)\sdown
    | yours\s(?:today\s|now\s)?(?:for|at) | was\s\w+,?\snow | (?:was|for|from|just|now|only)\s\d+(?!\s?\w)
    | at\shalf(?!\spast) | \d+\sless | less\s(?:today|now|than\syesterday) | for\sless
    | saves?\smore(?!\s(?:time|energy|space|water)) | (?:back|in|into|to)\syour\swallet
    | tenners? | fivers? | (?:\d+|few|two|five|ten|twenty|fifty)\sbob
    | free\s?(?:shipping|delivery|postage|returns?|gifts?|trials?|samples?|of\s?charge)
    | (?:shipping|delivery|postage|returns?)\s?(?:is|are)?\s?(?:free|included|on\s?us) | freeship(?:ping)?
    )\b""",
    re.VERBOSE,
)
_CHINESE: Final = re.compile(
    "优惠|優惠|折|减|減|券|劵|免邮|免郵|包邮|包郵|免运|免運|运费|運費|价|價|分期|免息|首付|贷|貸|信用"
    "|便宜|实惠|實惠|划算|省钱|省錢|立省|直降|低至|钱|錢|元(?=[起整/]|$)|[0-9零一二两三四五六七八九十百千万几]+\\.?[0-9]*(?:元|块|塊|毛)"
    "|返现|返現|返利|红包|紅包|补贴|補貼|赠|贈|送礼|买一送|買一送|半买|特惠|特卖|特賣|促销|促銷|大促|清仓|清倉|秒杀|秒殺"
    "|到手|拿下|送|税|稅|首期|零首|门槛|門檻|专享|專享|抢购|搶購|加量|立少|第[0-9二两兩三四五]件"
    "|[满滿][0-9一二两兩三四五六七八九十百千]|(?:仅|僅|只要|只需)[0-9.]+(?![0-9.件个個人位台])"
    "|免费|免費|白送|退款|积分|積分|人民币|美元|欧元|英镑|日元"
)
_SIGNS: Final = re.compile(r"[%‰％💰💴💵💶💷💸💲🪙🤑🎁🏷🎟]|\d\s?/\s?10\s?off")
_TIMES: Final = (
    r"years?|yrs?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|people|persons?"
    r"|年|个?月|個月|周|週|天|日|小时|小時|分钟|分鐘|秒|人"
)
_MEASURES: Final = (
    r"degrees?|°\s?[cf]?|mm|cm|m|km|metres?|meters?|inch(?:es)?|mg|g|kg|grams?|kilos?|ml|cl|l|litres?|liters?"
    r"|w|kw|watts?|v|volts?|mah|hz|mb|gb|tb|lumens?|摄氏度|度|毫米|厘米|公分|米|英寸|毫克|千克|公斤|克|毫升|升|瓦|伏"
)
_MEASURED: Final = re.compile(
    r"(?<![\w.,])(?:"
    rf"[0-9]{{1,4}}[\s‐-]?(?:{_TIMES})"
    # 1.8 l, 20 x 30 cm
    rf"|[0-9]+(?:[.,][0-9]+)?(?:\s?[x×]\s?[0-9]+(?:[.,][0-9]+)?)*[\s‐-]?(?:{_MEASURES})"
    r")(?![a-z0-9])"
)
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,:][0-9]+)*")
_SPACED: Final = re.compile(r"(?<![a-z0-9])(?:[a-z0-9][^a-z0-9]{1,2}){2,}[a-z0-9](?![a-z0-9])")
_DIGITS_FOR_LETTERS: Final = str.maketrans("013457@", "oieasta")
_MIXED: Final = re.compile(r"(?=[a-z0-9@]*[a-z])(?=[a-z0-9@]*[013457@])[a-z0-9@]{3,}")


def money_in(text: str) -> str:
    """The first word or sign in a text that speaks of money or terms; empty when there is none.

    >>> money_in("Machine washable at 40 degrees"), money_in("Now 20% off"), money_in("限时优惠")
    ('', '%', '优惠')
    >>> money_in("a nice d.1.s.c.o.u.n.t"), money_in("ＰＲＩＣＥ"), money_in("优 惠")
    ('discount', 'price', '优惠')
    """
    for sign in text:
        if unicodedata.category(sign) == "Sc":
            return sign
    plain = _plain(text)
    if found := _SIGNS.search(plain):
        return found[0]
    whole = _plain(re.sub(r"(?<=\w)[-‐‑_]+(?=\w)", "", text))
    for form in (plain, whole, *_undisguised(plain)):
        if found := _ENGLISH.search(form):
            return found[0]
    # Signs between Chinese characters do not part them for a reader.
    for kept in ("./", ""):
        chinese = "".join(sign for sign in plain if sign.isalnum() or sign in kept)
        if found := _CHINESE.search(chinese):
            return found[0]
    return ""


def number_in(text: str) -> str:
    """The first number in figures of any script; empty when there is none. Words for numbers are no figures.

    >>> number_in("Only 19.99 today"), number_in("Two-year guarantee"), number_in("第二件"), number_in("②")
    ('19.99', '', '', '2')
    """
    plain = unicodedata.normalize("NFKC", text)
    if found := _NUMBER.search(plain):
        return found[0]
    return next((sign for sign in plain if unicodedata.category(sign).startswith("N")), "")


def bare_number_in(text: str) -> str:
    """The first number that is followed by no unit of time or measure, so that it may be a price.

    >>> bare_number_in("2-year guarantee, 20 x 30 cm, 1.8 l, 2年保修"), bare_number_in("Only 19.99, 30 cm")
    ('', '19.99')
    """
    return number_in(_MEASURED.sub(" ", unicodedata.normalize("NFKC", text).casefold()))


def foreign_in(text: str, language: str) -> str:
    """The first letter of a script that the list of words cannot read; empty when there is none.

    A Cyrillic letter that looks like a Latin one would hide a word from it.

    >>> foreign_in("price with a Cyrillic р", "en"), foreign_in("新品 LED 灯", "zh-Hans")
    ('р', '')
    """
    scripts = ("LATIN", "CJK") if language == "zh-Hans" else ("LATIN",)
    for sign in unicodedata.normalize("NFKC", text):
        if sign.isalpha() and not unicodedata.name(sign, "").startswith(scripts):
            return sign
    return ""


def _plain(text: str) -> str:
    """Lower case, one form of each letter, no accents, nothing that cannot be seen, single spaces."""
    wide = unicodedata.normalize("NFKD", text)
    seen = "".join(sign for sign in wide if unicodedata.category(sign) not in ("Mn", "Cf", "Me"))
    return re.sub(r"[\s\-_–—·]+", " ", unicodedata.normalize("NFKC", seen).casefold()).strip()


def _undisguised(plain: str) -> list[str]:
    """Other ways in which somebody would read the text: spaced letters joined, digits taken for letters."""
    joined = _SPACED.sub(lambda found: re.sub(r"[^a-z0-9@]", "", found[0]), plain)
    letters = _MIXED.sub(lambda found: found[0].translate(_DIGITS_FOR_LETTERS), joined)
    return [joined, letters, re.sub(r"[.,;:!*'’`~|]", "", letters)]
