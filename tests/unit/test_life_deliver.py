"""Deliver: embargoes, kills, chains and routes, on a clock that the tests move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.life.chain import Chain
from pipeline.stages.deliver import BY_HAND
from tests.unit.living import DAM, NOW, ByUrgency, Living

EMBARGO = "2026-03-19T10:00:00Z"  # an hour after NOW


def _dam(**fields: object) -> dict[str, object]:
    return {"id": "dam", "title": "Leaking dam forces 340 from homes", "text": DAM, "version": "1", **fields}


def test_a_story_goes_out_once_and_again_when_it_is_delivered_again() -> None:
    living = Living()
    first = living.feed(**_dam())
    assert (first.outcome, [w.output for w in first.writes]) == ("delivered", ["stories"])
    again = living.deliver(living.last)
    assert [(w.output, w.key) for w in again.writes] == [("stories", "dam")]
    assert len(again.chain.versions) == 1


def test_urgent_stories_go_to_the_flash_output_and_desks_get_theirs() -> None:
    living = Living(desks=ByUrgency)
    assert living.feed(**_dam(urgency=1)).life["outputs"] == ["stories", "flash", "desk.a", "desk.b"]
    assert living.feed(id="other", title="A quiet day", text="Nothing of note.", urgency=5).life["outputs"] == [
        "stories",
        "desk.a",
    ]


def test_an_update_says_what_changed_and_shows_its_chain() -> None:
    living = Living()
    living.feed(**_dam())
    text = [DAM[0].replace("340", "420"), *DAM[1:], "The army sent pumps."]
    update = living.feed(**_dam(version="2", title="Leaking dam forces 420 from homes", text=text))
    changes = update.life["changes"]
    assert changes["headline"] == {
        "before": "Leaking dam forces 340 from homes",
        "after": "Leaking dam forces 420 from homes",
    }
    assert changes["added"] == ["The army sent pumps."]
    assert [c["after"] for c in changes["changed"]] == [text[0]]
    assert changes["numbers"] == {"gone": ["340"], "come": ["420"]}
    assert "removed" not in changes
    view = update.life["chain"]
    assert [v["version"] for v in view["versions"]] == ["1", "2"]
    assert view["head"] == living.last.card.record


def test_a_late_older_version_mends_the_chain_and_does_not_go_out() -> None:
    living = Living()
    living.feed(**_dam(version="1"))
    living.feed(**_dam(version="3", title="Dam holds", text=[*DAM, "The leak was stopped at dusk."]))
    chain = living.book.chain("dam")
    assert chain.missing == ["2"]
    late = living.feed(**_dam(version="2", title="Dam leaks on", text=[*DAM, "Rain was forecast."]))
    assert (late.outcome, late.writes) == ("", [])
    assert [v.number for v in late.chain.versions] == ["1", "2", "3"]
    assert [v.outcome for v in late.chain.versions] == ["delivered", "superseded", "delivered"]
    assert late.chain.missing == []
    assert late.chain.head and late.chain.head.number == "3"
    assert living.outputs["stories"]["dam"]["version"] == "3"


def test_a_first_report_that_comes_after_its_update_is_recognised_without_ids() -> None:
    living = Living()
    update = living.feed(
        id="a2",
        title="UPDATE 1-Leaking dam forces 340 from homes",
        text=[*DAM, "The army sent pumps."],
        published="2026-03-19T08:30:00Z",
    )
    assert update.outcome == "delivered"
    late = living.feed(
        id="a1", title="Leaking dam forces 340 from homes", text=DAM[:2], published="2026-03-19T08:00:00Z"
    )
    assert (living.last.verdict.status, living.last.verdict.rule) == ("duplicate", "older-version")
    assert (late.outcome, late.writes) == ("", [])
    assert [v.id for v in late.chain.versions] == ["a1", "a2"]


def test_an_update_that_races_past_the_one_before_it_is_the_newest_without_ids() -> None:
    living = Living()
    title = "Leaking dam forces 340 from homes"
    living.feed(id="a1", title=title, text=DAM, published="2026-03-19T08:00:00Z")
    text = [*DAM, "The army sent pumps."]
    living.feed(id="a3", title=f"UPDATE 2-{title}", text=[*text, "Rain fell."], published="2026-03-19T08:50:00Z")
    late = living.feed(id="a2", title=f"UPDATE 1-{title}", text=text, published="2026-03-19T08:30:00Z")
    assert (living.last.verdict.status, living.last.verdict.rule) == ("duplicate", "older-version")
    assert [v.id for v in late.chain.versions] == ["a1", "a2", "a3"]
    assert late.chain.head and late.chain.head.id == "a3"


def test_a_kill_reaches_every_output_that_carried_a_version_whatever_the_rules_say_now() -> None:
    living = Living(desks=ByUrgency)
    living.feed(**_dam(urgency=1))
    living.feed(**_dam(version="2", urgency=5, text=[*DAM, "More."]))
    living.desks = lambda: None
    kill = living.feed(id="dam", version="3", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    assert kill.outcome == "kill"
    assert kill.receipt is not None
    assert kill.receipt["reached"] == {"stories": ["dam"], "flash": ["dam"], "desk.a": ["dam"], "desk.b": ["dam"]}
    for output in ("stories", "flash", "desk.a", "desk.b"):
        document = living.outputs[output]["dam"]
        assert document["status"] == "kill"
        assert DAM[1] not in str(document)


def test_what_follows_a_kill_is_withheld() -> None:
    living = Living()
    living.feed(**_dam())
    living.feed(id="dam", version="2", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    late = living.feed(**_dam(version="3", text=[*DAM, "More."]))
    assert late.outcome == "killed"
    assert [w.output for w in late.writes] == ["withheld"]
    assert living.outputs["stories"]["dam"]["status"] == "kill"


def test_a_story_still_on_its_way_when_its_kill_overtakes_it_is_withheld() -> None:
    """Dedup decided the story first; tag and classify take their time, and the kill does not wait for them."""
    living, other = Living(), Living()
    living.feed(**_dam())
    story = living.last
    living.feed(id="dam", version="2", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    kill = living.last
    assert other.deliver(kill).receipt["before_story"]  # type: ignore[index]
    assert other.deliver(story).outcome == "killed"
    assert other.outputs["stories"]["dam"]["status"] == "kill"


def test_a_kill_before_its_story() -> None:
    living = Living()
    kill = living.feed(id="dam", version="2", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    assert kill.receipt is not None and kill.receipt["before_story"]
    assert living.feed(**_dam()).outcome == "killed"
    assert "text" in living.outputs["withheld"]["0-1"]


def test_an_embargoed_story_waits_for_its_second() -> None:
    living = Living()
    held = living.feed(**_dam(embargo=EMBARGO))
    assert (held.outcome, held.writes, held.hold) == ("held", [], True)
    assert living.tick(3599.9) == []
    (released,) = living.tick(0.1)
    assert released.outcome == "delivered"
    assert released.let_go == ["0-0"]
    assert living.outputs["stories"]["dam"]["released"] == NOW + 3600
    assert living.tick(3600) == []


def test_a_book_that_is_read_back_goes_on_holding() -> None:
    living = Living()
    living.feed(**_dam(embargo=EMBARGO))
    from pipeline.packet import encode_batch

    successor = Living()
    successor.book.keep("dam", living.book.chain("dam").to_json())
    successor.book.hold_again("0-0", encode_batch([living.last]))
    assert [d.outcome for d in successor.tick(3600)] == ["delivered"]


@pytest.mark.parametrize("embargo", ["Friday at noon", "19 March 2026 10:00"])
def test_an_embargo_that_cannot_be_read_holds_without_end(embargo: str) -> None:
    living = Living()
    assert living.feed(**_dam(embargo=embargo)).outcome == "held"
    assert living.book.waiting == (0, 1)
    assert living.tick(10 * 365 * 86400) == []


def test_withheld_by_the_provider_until_a_later_version_frees_it() -> None:
    living = Living()
    assert living.feed(**_dam(pubstatus="withheld")).outcome == "held"
    free = living.feed(**_dam(version="2"))
    assert free.outcome == "delivered"
    assert [w.output for w in free.writes] == ["withheld", "stories"]
    assert living.outputs["withheld"]["0-0"]["outcome"] == "superseded"
    assert living.book.waiting == (0, 0)


def test_a_person_may_release_what_no_clock_would() -> None:
    living = Living()
    living.feed(**_dam(embargo="Friday at noon"))
    order = living.last
    order.verdict = replace(order.verdict, evidence={**order.verdict.evidence, BY_HAND: NOW})
    released = living.deliver(order)
    assert (released.outcome, released.let_go) == ("delivered", ["0-0"])
    assert living.outputs["stories"]["dam"]["released"] == NOW
    assert living.book.waiting == (0, 0)


def test_a_kill_ends_a_held_story() -> None:
    living = Living()
    living.feed(**_dam(embargo=EMBARGO))
    kill = living.feed(id="dam", version="2", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    assert kill.receipt is not None and kill.receipt["held"] == ["0-0"]
    assert living.outputs["withheld"]["0-0"]["outcome"] == "killed"
    assert living.tick(7200) == []


def test_two_held_versions_go_out_in_order() -> None:
    living = Living()
    living.feed(**_dam(embargo=EMBARGO))
    living.feed(**_dam(version="2", embargo=EMBARGO, text=[*DAM, "More."]))
    assert [d.outcome for d in living.tick(3600)] == ["delivered", "delivered"]
    assert living.outputs["stories"]["dam"]["version"] == "2"


def test_a_crash_between_the_log_and_the_outputs_repeats_them() -> None:
    """The chain says delivered, the outputs never came: a redelivery writes them, to the desks of then and of now."""
    living = Living(desks=ByUrgency)
    living.feed(**_dam(urgency=1))
    living.outputs.clear()
    living.desks = lambda: None
    again = living.deliver(living.last)
    assert [w.output for w in again.writes] == ["stories", "flash", "desk.a", "desk.b"]


def test_a_crash_in_the_middle_of_a_kill_repeats_all_of_it() -> None:
    living = Living()
    living.feed(**_dam(embargo=EMBARGO))
    story = living.last
    living.feed(id="dam", version="2", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    kill = living.last
    living.book.hold(story)  # its tombstone was not written
    living.outputs.clear()
    assert living.deliver(kill).receipt["held"] == ["0-0"]  # type: ignore[index]
    assert living.outputs["withheld"]["0-0"]["outcome"] == "killed"
    assert living.outputs["stories"]["dam"]["status"] == "kill"


def test_old_chains_are_forgotten_and_those_of_held_stories_are_not() -> None:
    living = Living()
    living.feed(**_dam(embargo="2026-06-01T00:00:00Z"))
    living.feed(id="x", title="A quiet day", text="Nothing of note happened in the valley.")
    assert living.book.forget(NOW + 1) == 0, "the held story is the oldest and stays"
    living.feed(id="dam", version="2", title="KILL: Leaking dam forces 340 from homes", text="Please kill.")
    assert living.book.forget(NOW + 1) == 2
    assert len(living.book) == 0


def test_a_chain_survives_its_bytes() -> None:
    living = Living(desks=ByUrgency)
    chain = living.feed(**_dam(urgency=1)).chain
    assert Chain.from_json(chain.to_json()) == chain
