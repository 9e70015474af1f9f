"""Furniture, wire instructions, datelines, bylines and embargoes."""

from __future__ import annotations

import random
import time
from itertools import chain

import pytest

from pipeline.text import datelines, embargo, furniture, signals


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("You may also like...", "recirculation"), ("YOU MIGHT ALSO LIKE", "recirculation"),
        ("Readers also enjoyed", "recirculation"), ("Read more:", "recirculation"),
        ("Read more: Council closes harbour bridge", "recirculation"), ("Related articles", "recirculation"),
        ("Recommended for you", "recirculation"), ("More from The Courier", "recirculation"),
        ("Lesen Sie auch", "recirculation"), ("Lesen Sie auch: Brücke wird gesperrt", "recirculation"),
        ("Das könnte Sie auch interessieren", "recirculation"), ("À lire aussi : Le pont ferme", "recirculation"),
        ("Sur le même sujet", "recirculation"),
        ("Te puede interesar", "recirculation"),
        ("Lea también: El puente", "recirculation"),
        ("Sign up for our newsletter", "subscription"),
        ("Sign up to our daily newsletter for the best stories.", "subscription"),
        ("Subscribe now", "subscription"), ("Jetzt Newsletter abonnieren", "subscription"),
        ("Inscrivez-vous à notre newsletter", "subscription"), ("Suscríbete a nuestro boletín", "subscription"),
        ("Advertisement", "advertisement"),
        ("ADVERTISEMENT - CONTINUE READING BELOW", "advertisement"),
        ("Anzeige", "advertisement"),
        ("Publicité", "advertisement"), ("PUBLICIDAD", "advertisement"), ("Story continues below", "advertisement"),
        ("Share this", "sharing"), ("Share this article on Facebook", "sharing"), ("Follow us on Twitter", "sharing"),
        ("Folgen Sie uns auf Instagram", "sharing"),
        ("Suivez-nous sur Facebook", "sharing"),
        ("12 comments", "sharing"),
        ("© 2024 The Courier. All rights reserved.", "rights"), ("Copyright 2024 Meridian", "rights"),
        ("(c) 2024 Meridian", "rights"), ("Alle Rechte vorbehalten", "rights"), ("Tous droits réservés", "rights"),
        ("The Courier Ltd. All rights reserved", "rights"),
        ("We use cookies to improve your experience. Read our policy.", "cookies"), ("Accept all cookies", "cookies"),
        ("Diese Website verwendet Cookies, um Ihnen mehr zu bieten.", "cookies"),
        ("Nous utilisons des cookies", "cookies"),
        ("Click here", "invitation"),
        ("Click here to read the full story", "invitation"),
        ("Continue reading", "invitation"),
        ("Hier klicken", "invitation"), ("Cliquez ici", "invitation"), ("Haga clic aquí", "invitation"),
        ("Photo: Ana Silva/Meridian", "credit"),
        ("Image credit: Meridian", "credit"),
        ("Getty Images", "credit"),
        ("Foto: dpa", "credit"),
        ("Reuter", "end mark"),
        ("###", "end mark"),
        ("-30-", "end mark"),
        ("(ENDS)", "end mark"),
        ("* * *", "end mark"),
        ("3 min read", "page"), ("Listen to this article", "invitation"), ("Lesezeit: 3 Minuten", "page"),
    ],
)  # fmt: skip
def test_furniture_is_known_by_class(line: str, kind: str) -> None:
    assert furniture.kind(line) == kind


@pytest.mark.parametrize(
    "line",
    [
        "You may also like to know that the bridge is older than the town, the mayor said.",
        "Read more books, the minister told pupils in Leeds on Monday.",
        "Share prices fell 3 percent in Tokyo.",
        "Share of profits of associates 21.1 mln vs 37.9 mln.",
        "Follow the money, the prosecutor told jurors on Tuesday.",
        "More than forty people were hurt.",
        "Terms of the sale were not disclosed.",
        "For the first quarter the company reported a loss of 3 million on sales of 60 million.",
        "Photographs of the bridge were taken by the police on Monday and shown in court.",
        "Related costs rose to 4 million euros.",
        "Advertisement revenue at the publisher fell for a third year.",
        "Copyright law must change, lawmakers said.",
        "Comments by the governor moved the currency.",
        "Click here, it said on the button that started the attack on the ministry's computers.",
        "Watch sales in Switzerland fell by a tenth in March.",
        "Werbung für Tabak soll verboten werden, sagte die Ministerin.",
        "Subscribe, he said, and they did: a million people in a year.",
        "Opinion polls show a narrow lead for the government.",
        "12,345", "Home sales rose 3 percent in March.", "The end of the story is not known, police said.",
        "Download speeds on the island are the slowest in the country.",
        "Sign up for the army was the advice he gave his sons, a neighbour recalled.",
    ],
)  # fmt: skip
def test_sentences_with_such_words_stay(line: str) -> None:
    assert furniture.kind(line) == ""


def _lines_of_the_table() -> list[str]:
    """A few lines for each pattern of the furniture tables, made by the patterns themselves."""
    chance = random.Random(3)
    tables = furniture._tables()
    found = {one[1]: one for one in chain.from_iterable(tables.by_first.values())}
    lines = []
    for _, pattern, *_ in found.values():
        source = pattern.pattern.replace(furniture._ANYTHING, "our rights ").replace(furniture._FEW, "our news ")
        for _ in range(4):
            line = ""
            for token in source.removeprefix("(?:").split("(?:"):
                choices, _, may_lack = token.rpartition(")")
                if not may_lack or chance.random() < 0.5:
                    line += chance.choice(choices.split("|")).replace("\\", "")
            lines.append(line.strip())
    return lines


def test_the_look_at_the_second_word_loses_no_pattern() -> None:
    matched = 0
    for line in chain.from_iterable((line, line.title()) for line in _lines_of_the_table()):
        reduced = furniture._reduce(line)
        every = furniture._tables().by_first.get(reduced.partition(" ")[0], [])
        if any(pattern.fullmatch(reduced) for _, pattern, *_ in every):
            matched += 1
            assert furniture.kind(line), line
    assert matched > 1000


def test_lines_are_of_the_same_class_alone_and_together() -> None:
    lines = ["The bridge closes.", "12 comments", "Ana Silva, Getty Images", "###", "Sign up for our newsletter", "ſ"]
    assert furniture._kinds(lines) == [furniture.kind(line) for line in lines]


def test_titles_below_a_heading_at_the_end_go_with_it() -> None:
    body = ["The bridge closes on Monday.", "You may also like", "Ferry fares to rise", "Mayor to retire"]
    cut = furniture.strip(body)
    assert cut.paragraphs == body[:1]
    assert cut.notes == ["furniture: recirculation 3"]


def test_what_follows_a_heading_inside_the_text_stays() -> None:
    body = ["The bridge closes.", "Related articles", "Ferries will run, the council said.", "They are free."]
    assert furniture.strip(body).paragraphs == [body[0], *body[2:]]


def test_a_copyright_line_becomes_the_rights() -> None:
    assert furniture.strip(["Text here.", "© 2024 Meridian. All rights reserved."]).rights.startswith("© 2024")


def test_furniture_run_into_the_last_paragraph() -> None:
    assert furniture.trailing("The bridge closes on Monday. You may also like...") == "The bridge closes on Monday."
    assert (
        furniture.trailing("The bridge closes on Monday. You may walk.") == "The bridge closes on Monday. You may walk."
    )


@pytest.mark.parametrize(
    ("headline", "signal"),
    [
        ("UPDATE 1-Fed holds rates", "update"),
        ("UPDATE-Fed holds rates", "update"),
        ("UPDATE 2 - Fed holds", "update"),
        ("Update: storm rages", "update"), ("2ND LEAD Storm hits coast", "update"), ("2nd Lead: Storm", "update"),
        ("WRITETHRU: Storm", "update"),
        ("ADDS Storm quotes", "update"),
        ("RECASTS: Fed holds", "update"),
        ("REFILE-Fed holds", "update"),
        ("WRAPUP 2-Storm", "update"),
        ("Oil Tanker Attacked (Update1)", "update"),
        ("URGENT - UPDATE 3 - Storm", "update"),
        ("CORRECTED-Fed holds", "correction"),
        ("CORRECTED-UPDATE 2-Fed holds", "correction"),
        ("CORRECTS Storm hits", "correction"),
        ("CORRECTION: Storm", "correction"),
        ("(Corrects spelling) Storm hits", "correction"),
        ("Korrektur: Merkel", "correction"),
        ("KILL: Storm hits coast", "kill"),
        ("MANDATORY KILL - Storm", "kill"),
        ("MANDATORY KILL: STORM HITS", "kill"),
        ("WITHDRAWN-Storm hits", "kill"),
        ("WITHDRAWAL: storm", "kill"),
        ("EMBARGOED-KILL Storm hits", "kill"),
        ("[KILL] Storm", "kill"),
        ("ADVISORY-Schedule for Monday", "advisory"),
        ("Police kill two in raid", ""),
        ("KILL BILL SEQUEL PLANNED", ""),
        ("KILL-SWITCH LAW PASSES", ""),
        ("Kill: the making of a film", ""),
        ("Update on storms expected", ""),
        ("UPDATED RULES FOR BANKS", ""),
        ("LEAD-FREE PETROL SALES RISE", ""),
        ("Lead poisoning: a guide", ""),
        ("Correction in markets feared", ""),
        ("Corrections officers strike", ""),
        ("WITHDRAWN TROOPS RETURN HOME", ""),
        ("Withdrawal from Gaza begins", ""),
        ("Withdrawal - the new normal?", ""),
        ("Adds to woes", ""),
        ("ADDS 500 JOBS TO PAYROLL", ""),
        ("Advisory council meets", ""),
        ("Neu-Ulm wählt", ""),
        ("SUB SINKS", ""),
        ("U.S. CORRECTS TRADE DATA", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_signals_of_headlines(headline: str, signal: str) -> None:
    found, words = signals.find(headline)
    assert found == signal
    assert bool(words) == bool(signal)


@pytest.mark.parametrize(
    ("slugline", "signal"),
    [
        ("BC-US--Storm, 2nd Ld-Writethru", "update"),
        ("STORM-KILL", "kill"),
        ("Storm/KILL", "kill"),
        ("BC-STORM, ADVISORY", "advisory"),
        ("STORM (CORRECTED)", "correction"), ("WEATHER-STORM/ (UPDATE 3)", "update"),
        ("US-LEAD-PIPES", ""), ("BC-KILL-FEE", ""), ("POLICE-KILL/", ""), ("Storm Lead", ""),
    ],
)  # fmt: skip
def test_signals_of_sluglines(slugline: str, signal: str) -> None:
    assert signals.find("", slugline)[0] == signal


@pytest.mark.parametrize(
    ("note", "signal"),
    [
        ("Adds quotes, background", "update"),
        ("Corrects name in para 2", "correction"),
        ("MANDATORY KILL. Do not use.", "kill"),
        ("This story has been withdrawn", "kill"), ("Photo available", ""), ("STRICTLY EMBARGOED", ""),
    ],
)  # fmt: skip
def test_signals_of_notes(note: str, signal: str) -> None:
    assert signals.find("Storm", "", note)[0] == signal


@pytest.mark.parametrize(
    "words", ["1st Ld-Writethru " + "9" * 60 + "TES", "2ND LEAD " * 30, "UPDATE 1-" * 30 + "x", "ADDS" + " 1" * 100]
)
def test_no_words_cost_time(words: str) -> None:
    started = time.perf_counter()
    signals.find(words, words, words)
    assert time.perf_counter() - started < 0.5


def test_status_and_strength() -> None:
    assert signals.find("Storm", pubstatus="stat:canceled") == ("kill", "pubstatus stat:canceled")
    assert signals.stronger(("update", "a"), ("kill", "b")) == ("kill", "b")
    assert signals.stronger(("", ""), ("", "")) == ("", "")


@pytest.mark.parametrize(
    ("text", "printed", "place", "date"),
    [
        ("LONDON, March 3 (Agency) - The bank", "LONDON, March 3 (Agency)", "LONDON", "March 3"),
        ("SALVADOR, Feb 26 - Showers fell", "SALVADOR, Feb 26", "SALVADOR", "Feb 26"),
        (
            "NEW YORK/LONDON, April 2 (Reuters) - Stocks",
            "NEW YORK/LONDON, April 2 (Reuters)",
            "NEW YORK/LONDON",
            "April 2",
        ),
        ("Berlin (dpa) - Die Regierung", "Berlin (dpa)", "Berlin", ""),
        ("PARIS — The court", "PARIS", "PARIS", ""),
        ("THE HAGUE, March 9 - Judges", "THE HAGUE, March 9", "THE HAGUE", "March 9"),
        ("Strasbourg, 10 juil 2024 (AFP) - La cour", "Strasbourg, 10 juil 2024 (AFP)", "Strasbourg", "10 juil 2024"),
    ],
)
def test_inline_datelines(text: str, printed: str, place: str, date: str) -> None:
    found = datelines.find_inline(text)
    assert found is not None
    assert (found.printed, found.place, found.date) == (printed, place, date)


@pytest.mark.parametrize(
    "text",
    [
        "Rain - and more of it - fell",
        "The US (which is big) - said",
        "Biden said (in March) - that",
        "It rained.",
        "BC-BBN--Top Ten",
        "CORRECTION - In the story of March 3 please read 12 for 21.",
    ],
)
def test_prose_has_no_dateline(text: str) -> None:
    assert datelines.find_inline(text) is None


def test_datelines_and_bylines_on_lines_of_their_own() -> None:
    assert datelines.find_alone("GENEVA, March 3 (Agency)") is not None
    assert datelines.find_alone("Joel Jutge (France)") is None
    for line in (
        "By Jane Doe",
        "By JANE DOE and John Smith, Associated Press",
        "Von Hans Meier, dpa",
        "Par Anne Le Gall",
    ):
        assert datelines.is_byline(line), line
    for line in ("By the time he left", "By Monday, snow had fallen", "By morning it was over.", "By and large"):
        assert not datelines.is_byline(line), line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("EMBARGOED UNTIL 0001 GMT ON THURSDAY, MARCH 19, 2026", "2026-03-19T00:01:00Z"),
        ("Embargo until 9 a.m. EST, 4 March 2024", "2024-03-04T14:00:00Z"),
        ("Sperrfrist: 19.03.2026, 10.30 Uhr MEZ", "2026-03-19T09:30:00Z"),
        ("Sous embargo jusqu'au 4 mars 2025 à 18h00 CET", "2025-03-04T17:00:00Z"),
        ("Embargo: 2026-01-01T10:00:00+01:00", "2026-01-01T09:00:00Z"),
        ("EMBARGOED FOR RELEASE UNTIL NOON GMT 5 MAY 2026", "2026-05-05T12:00:00Z"),
        ("(EMBARGOED until 00:01 GMT)", "unreadable: (EMBARGOED until 00:01 GMT)"),
        ("EMBARGOED UNTIL 0001 MARCH 19, 2026", "unreadable: EMBARGOED UNTIL 0001 MARCH 19, 2026"),
        ("EMBARGOED UNTIL 0001 GMT 31 FEBRUARY 2026", "unreadable: EMBARGOED UNTIL 0001 GMT 31 FEBRUARY 2026"),
        ("Embargo on arms exports lifted", ""),
        ("Embargoed Russian oil reaches India", ""),
        ("Embargo to hit Cuba", ""),
    ],
)  # fmt: skip
def test_embargoes_are_read_or_held_never_guessed(line: str, expected: str) -> None:
    assert embargo.of_line(line) == expected


def test_text_behind_a_bracketed_embargo_stays() -> None:
    held, rest = embargo.split("(EMBARGOED FOR RELEASE AT 1130 GMT THURS MARCH 19) ******UK PRICES ROSE")
    assert held.startswith("unreadable: ") and rest == "UK PRICES ROSE"
    assert embargo.split("(EMBARGOED UNTIL 0001 GMT 19 MARCH 2026)") == ("2026-03-19T00:01:00Z", "")
    assert embargo.split("Embargo until noon was what the ministry had asked for, " + "and more " * 20)[0] == ""


def test_embargo_in_a_note() -> None:
    assert embargo.of_note("Eds: STRICTLY EMBARGOED until 1100 GMT 4 March 2026") == "2026-03-04T11:00:00Z"
    assert embargo.of_note("Note: STRICTLY EMBARGOED until noon on Friday").startswith("unreadable: ")
    assert embargo.of_note("The embargo was lifted") == ""
