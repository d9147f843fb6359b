"""The pages of pairs and teams, as those in them meet them, and the hub."""

from __future__ import annotations

import re

import pytest

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.practice.learning import ANSWERS, a_pair, a_team, a_whole_cycle, claims, open_invitation, place_of, visited
from training_app.database import transaction
from training_app.practice.actions import write_finding

pytestmark = pytest.mark.on_sqlite_only

AMA, BEN = "ama@hub.example", "ben@hub.example"
DAY = {"on_day-day": "2", "on_day-month": "3", "on_day-year": "2026"}


@pytest.fixture
def people(hub: Hub) -> dict[str, int]:
    """Two people with accounts who work at the same place."""
    found = {}
    for name, email in (("Ama Okafor", AMA), ("Ben Osei", BEN)):
        found[email] = hub.person(name, email=email)
        hub.account(email, "member", person=found[email])
    return found


def _sent(client: PageClient, path: str, **fields: str) -> str:
    return client.post(path, data=_with_token(client, fields), follow_redirects=True).get_data(as_text=True)


def _with_token(client: PageClient, fields: dict[str, str]) -> dict[str, str]:
    return {"csrf_token": client.token(), **fields}


def test_a_pair_from_the_invitation_to_the_claim(hub: Hub, people: dict[str, int]) -> None:
    ama, ben = sign_in(hub.app, AMA), sign_in(hub.app, BEN)
    assert "Ben Osei" not in _sent(ama, "/my/practice/pairs/new", who=BEN, module="TEA-02")
    assert "You are invited to learn with somebody" in ben.get("/").get_data(as_text=True)
    page = ben.get("/my/practice").get_data(as_text=True)
    address = re.findall(r"/my/practice/invitations/[0-9]+", page)[0]
    assert "<strong>Ama Okafor</strong> invites you" in ben.get(address).get_data(as_text=True)
    assert "Observing with Ama Okafor" in _sent(ben, address, answer="yes")
    assert ben.get(address).status_code == 302
    for client in (ama, ben):
        wrong = _sent(client, "/my/practice/pairs/1/visit", row_version="0", finish="y", tried="Signs", **DAY)
        assert "Write a few words to “What did young people do and say?”" in wrong
        assert "Signs" in wrong
        done = _sent(client, "/my/practice/pairs/1/visit", row_version="0", finish="y", **ANSWERS, **DAY)
    assert "Both visits are finished" in done
    assert "See it in your record" in done
    assert len(claims()) == 2
    assert ama.get("/my/practice/pairs/1/visit").status_code == 302


def test_it_reads_the_same_whether_the_hub_knows_whom_one_names(hub: Hub, people: dict[str, int]) -> None:
    ama = sign_in(hub.app, AMA)
    pages = []
    for number, who in enumerate((BEN, "xyz@hub.example", "Ben Osei", "Xyz Osei"), start=1):
        page = _sent(ama, "/my/practice/pairs/new", who=who, module="TEA-02")
        pages.append(
            re.sub(
                rf"pairs/{number}\b|sent/{number}\b|nonce=\"[^\"]*\"|value=\"[^\"]{{40,}}\"", "", page.replace(who, "")
            )
        )
    assert "is invited since" in pages[0]
    assert len(set(pages)) == 1


def test_only_the_pair_reads_what_it_writes(hub: Hub, people: dict[str, int], as_manager: PageClient) -> None:
    visited(hub, a_pair(hub, people[AMA], BEN), people[AMA], tried="zqword", finish=False)
    hub.account("cleo@hub.example", "member", person=hub.person("Cleo"))
    assert "zqword" in sign_in(hub.app, BEN).get("/my/practice/pairs/1").get_data(as_text=True)
    assert sign_in(hub.app, "cleo@hub.example").get("/my/practice/pairs/1").status_code == 404
    reference = "P-0001"
    for path in ("/practice", "/practice.csv", f"/people/{reference}", f"/people/{reference}/data", "/audit"):
        answer = as_manager.get(path)
        assert answer.status_code == 200
        assert "zqword" not in answer.get_data(as_text=True)
    assert "Ama Okafor" in as_manager.get("/practice").get_data(as_text=True)
    told = as_manager.get(f"/people/{reference}/history").get_data(as_text=True)
    assert "began a peer observation" in told
    assert "wrote about a visit" not in told
    assert "invited somebody" not in told


def test_a_second_window_is_told_and_keeps_what_was_typed(hub: Hub, people: dict[str, int]) -> None:
    a_pair(hub, people[AMA], BEN)
    ama = sign_in(hub.app, AMA)
    _sent(ama, "/my/practice/pairs/1/visit", row_version="0", tried="From the first window")
    second = ama.post(
        "/my/practice/pairs/1/visit", data=_with_token(ama, {"row_version": "0", "tried": "From the second"})
    )
    assert second.status_code == 409
    page = second.get_data(as_text=True)
    assert "From the first window" in page
    assert "From the second" in page
    again = re.findall(r'name="row_version"[^>]*value="([0-9]+)"', page)[0]
    assert "From the second" in _sent(ama, "/my/practice/pairs/1/visit", row_version=again, tried="From the second")


def test_a_team_writes_its_cycle_and_shares_only_what_it_ticks(
    hub: Hub, people: dict[str, int], as_manager: PageClient
) -> None:
    ama, ben = sign_in(hub.app, AMA), sign_in(hub.app, BEN)
    page = _sent(ama, "/my/practice/research/new", question="Who leads?", setting="A band", module="REF-03")
    assert "Your action research is begun" in page
    _sent(ama, "/my/practice/research/1/invite", who="Ben Osei")
    _sent(ben, f"/my/practice/invitations/{open_invitation(1).id}", answer="yes")
    for step in ("plan", "act", "observe", "reflect"):
        page = _sent(ben, "/my/practice/research/1/entries", step=step, words=f"zq{step}", **DAY)
    assert "zqreflect" in page
    changed = re.findall(r"/my/practice/research/1/entries/[0-9]+", page)[0]
    assert ama.get(changed).status_code == 404
    assert "zqplanned" in _sent(ben, changed, row_version="1", step="plan", words="zqplanned", **DAY)
    finish = {"finish": "y", "finish_on-day": "3", "finish_on-month": "3", "finish_on-year": "2026"}
    assert as_manager.get("/practice/1").status_code == 404
    done = _sent(ama, "/my/practice/research/1/finding", row_version="1", finding="They do", shared="y", **finish)
    assert "logged for each of the team" in done
    assert len(claims()) == 2
    told = as_manager.get("/practice/1").get_data(as_text=True)
    assert "They do" in told
    assert "zqplanned" not in told


def test_the_finding_of_others_is_as_absent_to_a_coordinator(hub: Hub, people: dict[str, int]) -> None:
    team = a_team(hub, people[AMA])
    with transaction():
        write_finding(hub.actor, place_of(team, people[AMA]), "They do", shared=True)
    school = hub.organisation("Another School", kind="school")
    hub.account("elsewhere@hub.example", "coordinator", organisations=[school])
    hub.account("here@hub.example", "coordinator", organisations=[hub.organisation()])
    here, elsewhere = sign_in(hub.app, "here@hub.example"), sign_in(hub.app, "elsewhere@hub.example")
    assert here.get(f"/practice/{team}").status_code == 200
    assert elsewhere.get(f"/practice/{team}").status_code == 404
    assert "Ama Okafor" not in elsewhere.get("/practice").get_data(as_text=True)
    # Of somebody who is elsewhere too less is told.
    hub.engagement(people[AMA], "hub-providers", organisation=school)
    assert here.get(f"/practice/{team}").status_code == 404


def test_a_coordinator_sets_up_a_pair_of_their_own_people_alone(hub: Hub, people: dict[str, int]) -> None:
    hub.person("Zoë Elsewhere", organisation=hub.organisation("Another School", kind="school"))
    hub.account("here@hub.example", "coordinator", organisations=[hub.organisation()])
    here = sign_in(hub.app, "here@hub.example")
    refused = here.post(
        "/practice/pair", data=_with_token(here, {"names": "Ama Okafor\nZoë Elsewhere", "module": "TEA-02"})
    )
    assert refused.status_code == 400
    assert "is not one person in your list" in refused.get_data(as_text=True)
    assert "Both are invited" in _sent(here, "/practice/pair", names="Ama Okafor\nBen Osei", module="TEA-02")
    ama = sign_in(hub.app, AMA)
    address = re.findall(r"/my/practice/invitations/[0-9]+", ama.get("/my/practice").get_data(as_text=True))[0]
    page = ama.get(address).get_data(as_text=True)
    assert "The hub invites you" in page
    assert "Ben Osei" in page


def test_leaving_tells_what_becomes_of_it(hub: Hub, people: dict[str, int]) -> None:
    pair, team = a_pair(hub, people[AMA], BEN), a_team(hub, people[AMA], BEN)
    a_whole_cycle(hub, team, people[BEN])
    ben = sign_in(hub.app, BEN)
    assert "The pair ends for both of you" in ben.get(f"/my/practice/pairs/{pair}/leave").get_data(as_text=True)
    assert "What you wrote is kept for you" in _sent(ben, f"/my/practice/pairs/{pair}/leave")
    assert "This pair was left" in ben.get(f"/my/practice/pairs/{pair}").get_data(as_text=True)
    assert "The team goes on without you" in ben.get(f"/my/practice/research/{team}/leave").get_data(as_text=True)
    _sent(ben, f"/my/practice/research/{team}/leave")
    assert ben.get(f"/my/practice/research/{team}").status_code == 404
    assert "What we" not in ben.get("/my/practice").get_data(as_text=True)


def test_what_cannot_be_kept_comes_back_with_a_sentence(hub: Hub, people: dict[str, int]) -> None:
    a_pair(hub, people[AMA], BEN)
    a_team(hub, people[AMA])
    ama = sign_in(hub.app, AMA)
    for path, field in (
        ("/my/practice/pairs/new", "who"),
        ("/my/practice/pairs/1/visit", "tried"),
        ("/my/practice/research/2/question", "question"),
        ("/my/practice/research/2/entries", "words"),
        ("/my/practice/research/2/finding", "finding"),
        ("/my/practice/research/2/invite", "who"),
    ):
        for text in (
            "a\x00b",
            "\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "\x07",
            "x" * 6001,
        ):
            answer = ama.post(path, data=_with_token(ama, {field: text, "row_version": "0", "module": "TEA-02"}))
            assert answer.status_code == 400, (path, text[:5])
    wrong = ama.post(
        "/my/practice/pairs/1/visit", data=_with_token(ama, {**DAY, "on_day-day": "31", "on_day-month": "2"})
    )
    assert wrong.status_code == 400
    harmless = _sent(ama, "/my/practice/pairs/1/visit", row_version="0", tried="<b>{{7*7}}</b> 🎵")
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt; 🎵" in harmless


@pytest.mark.parametrize(("page", "field"), [("question", "question"), ("finding", "finding"), ("entries/1", "words")])
def test_what_two_windows_change_of_a_team_s_words_is_never_overwritten_unseen(
    hub: Hub, people: dict[str, int], page: str, field: str
) -> None:
    a_whole_cycle(hub, a_team(hub, people[AMA], BEN), people[AMA])
    ama = sign_in(hub.app, AMA)
    path, besides = f"/my/practice/research/1/{page}", {"row_version": "1", "step": "plan", **DAY}
    assert ama.post(path, data=_with_token(ama, {**besides, field: "The first window"})).status_code == 302
    second = ama.post(path, data=_with_token(ama, {**besides, field: "The second"}))
    assert second.status_code == 409
    assert "The first window" in second.get_data(as_text=True)
    assert "The second" in second.get_data(as_text=True)
