"""Codes of languages: which are codes, and what somebody meant who wrote something else."""

from __future__ import annotations

import re
from functools import cache

from curate.errors import ConfigError

# ISO 639-1, then its codes of three letters, the English name, and the name in the language itself.
_LANGUAGES = """
aa|aar|Afar|Qafar
ab|abk|Abkhazian|Аԥсшәа
af|afr|Afrikaans
ak|aka|fat|twi|Akan
am|amh|Amharic|አማርኛ
an|arg|Aragonese|aragonés
ar|ara|arb|Arabic|العربية
as|asm|Assamese|অসমীয়া
av|ava|Avaric
ay|aym|ayr|Aymara
az|aze|azj|Azerbaijani|azərbaycan
ba|bak|Bashkir|башҡорт теле
be|bel|Belarusian|беларуская
bg|bul|Bulgarian|български
bi|bis|Bislama
bm|bam|Bambara|bamanakan
bn|ben|Bangla|বাংলা
bo|bod|tib|Tibetan|བོད་སྐད་
br|bre|Breton|brezhoneg
bs|bos|Bosnian|bosanski
ca|cat|Catalan|català
ce|che|Chechen|нохчийн
ch|cha|Chamorro
co|cos|Corsican|corsu
cr|cre|cwd|Cree
cs|ces|cze|Czech|čeština
cu|chu|Church Slavic|церковнослове́нскїй
cv|chv|Chuvash|чӑваш
cy|cym|wel|Welsh|Cymraeg
da|dan|Danish|dansk
de|deu|ger|German|Deutsch
dv|div|Divehi|ދިވެހިބަސް
dz|adp|dzo|Dzongkha|རྫོང་ཁ
ee|ewe|Ewe|eʋegbe
el|ell|gre|Greek|Ελληνικά
en|eng|English
eo|epo|Esperanto
es|spa|Spanish|español
et|ekk|est|Estonian|eesti
eu|baq|eus|Basque|euskara
fa|fas|per|pes|Persian|فارسی
ff|fuc|ful|Fula|Pulaar
fi|fin|Finnish|suomi
fj|fij|Fijian
fo|fao|Faroese|føroyskt
fr|fra|fre|French|français
fy|fry|Western Frisian|Frysk
ga|gle|Irish|Gaeilge
gd|gla|Scottish Gaelic|Gàidhlig
gl|glg|Galician|galego
gn|grn|gug|Guarani|avañe’ẽ
gu|guj|prp|Gujarati|ગુજરાતી
gv|glv|Manx|Gaelg
ha|hau|Hausa
he|heb|Hebrew|עברית
hi|hin|Hindi|हिन्दी
ho|hmo|Hiri Motu
hr|hrv|scr|Croatian|hrvatski
ht|hat|Haitian Creole|Kreyòl Ayisyen
hu|hun|Hungarian|magyar
hy|arm|hye|Armenian|հայերեն
hz|her|Herero
ia|ina|Interlingua
id|ind|Indonesian|Indonesia
ie|ile|Interlingue
ig|ibo|Igbo
ii|iii|Sichuan Yi|ꆈꌠꉙ
ik|esk|ipk|Inupiaq
io|ido|Ido
is|ice|isl|Icelandic|íslenska
it|ita|Italian|italiano
iu|ike|iku|Inuktitut|ᐃᓄᒃᑎᑐᑦ
ja|jpn|Japanese|日本語
jv|jav|Javanese|Jawa
ka|geo|kat|Georgian|ქართული
kg|kng|kon|Kongo
ki|kik|Kikuyu|Gikuyu
kj|kua|Kuanyama
kk|kaz|Kazakh|қазақ тілі
kl|kal|Kalaallisut
km|khm|Khmer|ខ្មែរ
kn|kan|Kannada|ಕನ್ನಡ
ko|kor|Korean|한국어
kr|kau|knc|Kanuri
ks|kas|Kashmiri|کٲشُر
ku|kmr|kur|Kurdish|kurdî (kurmancî)
kv|kom|kpv|Komi
kw|cor|Cornish|kernewek
ky|kir|Kyrgyz|кыргызча
la|lat|Latin|Latina
lb|ltz|Luxembourgish|Lëtzebuergesch
lg|lug|Ganda|Luganda
li|lim|Limburgish
ln|lin|Lingala|lingála
lo|lao|Lao|ລາວ
lt|lit|Lithuanian|lietuvių
lu|lub|Luba-Katanga|Tshiluba
lv|lav|lvs|Latvian|latviešu
mg|mlg|plt|Malagasy
mh|mah|Marshallese
mi|mao|mri|Māori
mk|mac|mkd|Macedonian|македонски
ml|mal|Malayalam|മലയാളം
mn|drh|khk|mon|Mongolian|монгол
mr|mar|Marathi|मराठी
ms|may|msa|zsm|Malay|Melayu
mt|mlt|Maltese|Malti
my|bur|mya|Burmese|မြန်မာ
na|nau|Nauru
nb|nob|Norwegian Bokmål|norsk bokmål
nd|nde|North Ndebele|isiNdebele
ne|nep|npi|Nepali|नेपाली
ng|ndo|Ndonga
nl|dut|nld|Dutch|Nederlands
nn|nno|Norwegian Nynorsk|norsk nynorsk
no|nor|Norwegian|norsk
nr|nbl|South Ndebele|isiNdebele
nv|nav|Navajo|Diné Bizaad
ny|nya|Nyanja
oc|oci|Occitan
oj|ojg|oji|Ojibwa
om|gaz|orm|Oromo|Oromoo
or|ori|ory|Odia|ଓଡ଼ିଆ
os|oss|Ossetic|ирон
pa|pan|Punjabi|ਪੰਜਾਬੀ
pi|pli|Pali
pl|pol|Polish|polski
ps|pbu|pus|Pashto|پښتو
pt|por|Portuguese|português
qu|que|quz|Quechua|Runasimi
rm|roh|Romansh|rumantsch
rn|run|Rundi|Ikirundi
ro|mol|ron|rum|Romanian|română
ru|rus|Russian|русский
rw|kin|Kinyarwanda|Ikinyarwanda
sa|cls|san|Sanskrit|संस्कृत भाषा
sc|src|srd|Sardinian|sardu
sd|snd|Sindhi|سنڌي
se|sme|Northern Sami|davvisámegiella
sg|sag|Sango|Sängö
si|sin|Sinhala|සිංහල
sk|slk|slo|Slovak|slovenčina
sl|slv|Slovenian|slovenščina
sm|smo|Samoan
sn|sna|Shona|chiShona
so|som|Somali|Soomaali
sq|alb|als|sqi|Albanian|shqip
sr|scc|srp|Serbian|српски
ss|ssw|Swati|siSwati
st|sot|Southern Sotho|Sesotho
su|sun|Sundanese|Basa Sunda
sv|swe|Swedish|svenska
sw|swa|swh|Swahili|Kiswahili
ta|tam|Tamil|தமிழ்
te|tel|Telugu|తెలుగు
tg|tgk|Tajik|тоҷикӣ
th|tha|Thai|ไทย
ti|tir|Tigrinya|ትግርኛ
tk|tuk|Turkmen|türkmen dili
tl|tgl|Tagalog
tn|tsn|Tswana|Setswana
to|ton|Tongan|lea fakatonga
tr|tur|Turkish|Türkçe
ts|tso|Tsonga|Xitsonga
tt|tat|Tatar|татар
ty|tah|Tahitian
ug|uig|Uyghur|ئۇيغۇرچە
uk|ukr|Ukrainian|українська
ur|urd|Urdu|اردو
uz|uzb|uzn|Uzbek|o‘zbek
ve|ven|Venda|Tshivenḓa
vi|vie|Vietnamese|Tiếng Việt
vo|vol|Volapük
wa|wln|Walloon|walon
wo|wol|Wolof
xh|xho|Xhosa|IsiXhosa
yi|ydd|yid|Yiddish|ייִדיש
yo|yor|Yoruba|Èdè Yorùbá
za|zha|zyb|Zhuang|Vahcuengh
zh|chi|cmn|zho|Chinese|中文
zu|zul|Zulu|isiZulu
"""
_THREE_LETTERS = re.compile(r"[a-z]{3}")  # ISO 639-3 has thousands; they are not listed here
MULTILINGUAL = "xx"
"""What spaCy calls a pipeline for several languages."""


def is_code(text: str) -> bool:
    """Whether a text is a code that curate uses: two letters where there are two, else three."""
    known = _codes().get(text)
    return known == text if known else text == MULTILINGUAL or bool(_THREE_LETTERS.fullmatch(text))


def find_code(text: str) -> str:
    """The code that a text means, such as ``en`` for ``English``, ``eng``, ``EN`` and ``en-US``.

    Empty if it is none.
    """
    plain = text.strip().casefold()
    code = _codes().get(plain) or _codes().get(re.split(r"[-_.]", plain)[0], "")
    return code or (plain if is_code(plain) else "")


def check_code(text: str, setting: str) -> str:
    """The text, if it is the code of a language.

    Args:
        text: what somebody wrote.
        setting: where, for the message: ``--lang``, ``[corpus] language``.

    Raises:
        ConfigError: it is none; the message names the code that was meant, if that is known.
    """
    if is_code(text):
        return text
    meant = find_code(text)
    hint = f"write {meant}" if meant else "write a code of ISO 639-1 such as en, fr or de"
    raise ConfigError(f"{setting} is {text!r}, which is no code of a language", hint)


@cache
def _codes() -> dict[str, str]:
    """The code of two letters for each code and name, in lower case."""
    codes: dict[str, str] = {}
    for line in _LANGUAGES.strip().splitlines():
        code, *others = line.split("|")
        codes |= {name.casefold(): code for name in others} | {code: code}
    return codes
