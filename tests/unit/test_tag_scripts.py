"""Places in real sentences of many languages and scripts, as they come from the detector: language not declared."""

from __future__ import annotations

import pytest

from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging

SENTENCES = [
    ("de", "Bundeskanzler Friedrich Merz reist am Montag nach Kiew. In Warschau und in Brüssel wächst die Sorge.",
     {"Kyiv UA", "Warsaw PL", "Brussels BE"}),
    ("fr", "Le président Emmanuel Macron a reçu mardi à Paris le Premier ministre polonais. Les deux dirigeants se "
     "rendront ensuite en Allemagne et au Sénégal.", {"Paris FR", "Germany DE", "Senegal SN"}),
    ("es", "El presidente de Colombia visitó el jueves Buenos Aires y luego viajará a Brasilia, informó el ministerio.",
     {"Colombia CO", "Buenos Aires AR", "Brasilia BR"}),
    ("it", "Il premier ha incontrato a Roma il presidente francese; domani volerà a Tokyo e poi negli Stati Uniti.",
     {"Rome IT", "Tokyo JP", "United States US"}),
    ("pl", "Premier spotkał się w poniedziałek w Warszawie z kanclerzem Niemiec, a jutro poleci do Paryża i Londynu.",
     {"Warsaw PL", "Germany DE", "Paris FR", "London GB"}),
    ("tr", "Cumhurbaşkanı Pazartesi günü Ankara'da Almanya Başbakanı ile görüştü; yarın İstanbul'dan Londra'ya gider.",
     {"Ankara TR", "Germany DE", "Istanbul TR", "London GB"}),
    ("sw", "Rais wa Kenya alikutana Jumatatu mjini Nairobi na mwenzake wa Tanzania, kabla ya kwenda Uganda.",
     {"Kenya KE", "Nairobi KE", "Tanzania TZ", "Uganda UG"}),
    ("ru", "Президент Турции прибыл в Москву на переговоры. Ранее он посетил Германию и Китай, а также город Казань.",
     {"Turkey TR", "Moscow RU", "Germany DE", "China CN", "Kazan RU"}),
    ("uk", "Президент України прибув до Варшави на зустріч із лідерами Польщі та Литви; потім він поїде до Лондона.",
     {"Ukraine UA", "Warsaw PL", "Poland PL", "Lithuania LT", "London GB"}),
    ("el", "Ο πρωθυπουργός συναντήθηκε στην Αθήνα με τον πρόεδρο της Γαλλίας και αύριο θα ταξιδέψει στην Κύπρο.",
     {"Athens GR", "France FR", "Cyprus CY"}),
    ("ar", "وصل وزير الخارجية المصري إلى بيروت يوم الاثنين لإجراء محادثات مع المسؤولين في لبنان، قبل أن يتوجه إلى "
     "السعودية وقطر.", {"Beirut LB", "Lebanon LB", "Saudi Arabia SA", "Qatar QA"}),
    ("fa", "رئیس جمهور ایران روز دوشنبه در تهران با وزیر خارجه عراق دیدار کرد و سپس به روسیه و چین سفر خواهد کرد.",
     {"Iran IR", "Tehran IR", "Iraq IQ", "Russia RU", "China CN"}),
    ("he", "ראש הממשלה נפגש בירושלים עם נשיא צרפת, ומחר ייסע לברלין.", {"Jerusalem IL", "France FR", "Berlin DE"}),
    ("zh", "中国国家主席习近平周二在北京会见了来访的法国总统马克龙。马克龙随后将前往上海,并访问日本。",
     {"China CN", "Beijing CN", "France FR", "Shanghai CN", "Japan JP"}),
    ("ja", "石破首相は月曜日、東京で韓国の大統領と会談した。首相は来週、米国のワシントンを訪問する予定だ。",
     {"Tokyo JP", "South Korea KR", "United States US", "Washington US"}),
    ("ko", "대통령은 월요일 서울에서 일본 총리와 회담을 가졌으며, 다음 주 미국과 독일을 방문할 예정이다.",
     {"Seoul KR", "Japan JP", "United States US", "Germany DE"}),
    ("hi", "प्रधानमंत्री नरेंद्र मोदी सोमवार को दिल्ली में फ्रांस के राष्ट्रपति से मिले। वे अगले सप्ताह जापान और अमेरिका जाएंगे।",
     {"Delhi IN", "France FR", "Japan JP", "United States US"}),
    ("bn", "প্রধানমন্ত্রী সোমবার ঢাকায় ভারতের পররাষ্ট্রমন্ত্রীর সঙ্গে বৈঠক করেন এবং পরে জাপান সফরে যাবেন।",
     {"Dhaka BD", "India IN", "Japan JP"}),
    ("ta", "பிரதமர் திங்கள்கிழமை சென்னையில் ஜப்பான் பிரதமரைச் சந்தித்தார்; பின்னர் அவர் இந்தியா திரும்புவார்.",
     {"Chennai IN", "Japan JP", "India IN"}),
    ("th", "นายกรัฐมนตรีเดินทางถึงโตเกียวเมื่อวันจันทร์เพื่อหารือกับผู้นำญี่ปุ่น ก่อนเดินทางกลับกรุงเทพมหานคร ประเทศไทย",
     {"Tokyo JP", "Japan JP", "Bangkok TH", "Thailand TH"}),
    ("am", "የኢትዮጵያ ጠቅላይ ሚኒስትር ሰኞ በአዲስ አበባ ከኬንያ ፕሬዚዳንት ጋር ተገናኙ።",
     {"Ethiopia ET", "Addis Ababa ET", "Kenya KE"}),
    ("ka", "პრემიერ-მინისტრი ორშაბათს თბილისში შეხვდა საფრანგეთის პრეზიდენტს, შემდეგ კი გერმანიაში გაემგზავრება.",
     {"Tbilisi GE", "France FR", "Germany DE"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def stage() -> Tagging:
    return Tagging()


@pytest.mark.parametrize(("language", "text", "places"), SENTENCES, ids=[language for language, *_ in SENTENCES])
def test_places_with_their_countries_and_where_they_stand(
    stage: Tagging, language: str, text: str, places: set[str]
) -> None:
    (packet,) = Parse(1_000_000).run([RawStory(text.encode(), RecordId(0, 0), 0.0)])[0]
    assert isinstance(packet, Packet)
    assert packet.story.language == language
    stage.run([packet])
    fields = {"headline": packet.story.headline, "text": packet.story.text}
    found = [tag for tag in packet.tags if tag["type"] == "place"]
    assert {f"{tag['name']} {tag.get('country', '')}" for tag in found} == places
    assert all(fields[tag["field"]][tag["start"] : tag["end"]].strip() for tag in found)
    others = {tag["name"] for tag in packet.tags if tag["type"] in ("person", "organisation")}
    assert others <= {"Friedrich Merz", "Emmanuel Macron"}
