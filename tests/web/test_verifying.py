"""Deciding about a page of like claims, and answering what was sent back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient, sign_in
from tests.files.photographs import a_photo
from tests.pages import hidden_fields
from training_app.audit import Actor
from training_app.audit.models import AuditEvent
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.records.actions import return_evidence, verify
from training_app.records.models import Completion, Evidence
from training_app.records.queue import CLAIMS_ON_A_PAGE
from training_app.records.reflections import write_reflection

DAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def text(client: PageClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def send(client: PageClient, path: str, status: int = 200, **fields: object) -> str:
    answer = client.submit(path, fields, follow_redirects=True)
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == status, page[:3000]
    return page


def press(client: PageClient, status: int = 200, **fields: object) -> str:
    answer = client.post(
        "/records/verify", data={"csrf_token": client.token(), **fields}, follow_redirects=status == 200
    )
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == status, page[:3000]
    return page


def a_claim(hub: Hub, name: str = "Ama Okafor", module: str = "SND-02", day: date = DAY) -> int:
    return hub.completion(hub.person(name), module, day, Evidence.SELF_DECLARED)


def reflect(completion_id: int, tried: str, *, shared: bool) -> None:
    with transaction():
        row = db.session.get_one(Completion, completion_id)
        write_reflection(Actor.command(), row, tried=tried, young_people_said=None, differently=None, shared=shared)


def with_everything(hub: Hub, completion_id: int) -> None:
    hub.evidence_file(completion_id)
    reflect(completion_id, "A song", shared=True)


def entry(completion_id: int) -> Completion:
    db.session.rollback()
    return db.session.get_one(Completion, completion_id)


def decided(chosen: dict[int, str], because: str = "") -> dict[str, object]:
    return {
        "claim": [f"{each}.1" for each in chosen],
        **{f"decide-{each}": what for each, what in chosen.items()},
        **{f"because-{each}": because for each, what in chosen.items() if what == "return"},
    }


def events(action: str) -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)) or 0


def let_coordinators_confirm(hub: Hub, as_manager: PageClient, code: str = "SND-02") -> None:
    from training_app.catalogue.actions import ModuleAbout, ModuleContent, edit_module
    from training_app.skills.levels import Level

    with transaction():
        module = db.session.get_one(Module, hub.module_id(code))
        version = module.current
        gives = {given.skill_id: Level(given.level) for given in version.gives}
        content = ModuleContent(version.title, version.learned.id, version.hours, version.refresh_months, gives)
        edit_module(hub.actor, module, content, ModuleAbout(module.summary, coordinator_may_confirm=True))


class TestAPageOfClaims:
    def test_like_claims_stand_together_by_day_and_the_kind_that_waits_longest_comes_first(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        with travel("2026-11-10 12:00 +0000"):
            a_claim(hub, "Ama Later", "IND-01", date(2026, 11, 5))
        with travel("2026-11-13 12:00 +0000"):
            a_claim(hub, "Ben First", "IND-01", date(2026, 11, 1))
            a_claim(hub, "Cat Other", "SND-02", date(2026, 10, 1))
        page = text(as_manager, "/records/verify")
        assert "3 entries waiting" in page
        assert page.index("Ben First") < page.index("Ama Later")
        assert "10 days" in page
        assert "13 days" in page
        assert "Cat Other" not in page
        assert "Cat Other" in text(as_manager, "/records/verify?module=snd-02")
        assert "Nothing of that kind is waiting" in text(as_manager, "/records/verify?module=IND-02")

    def test_a_page_is_confirmed_in_one_action_with_its_exceptions(self, hub: Hub, as_manager: PageClient) -> None:
        one, other, third = (a_claim(hub, name) for name in ("Ama", "Ben", "Cat"))
        page = press(
            as_manager, **decided({one: "confirm", other: "return", third: "leave"}, "The certificate is unreadable")
        )
        assert (
            "1 entry verified, and counted from now on. 1 entry sent back with your reason. 1 entry left for later."
            in page
        )
        assert [entry(each).evidence for each in (one, other, third)] == ["verified", "returned", "self-declared"]
        assert entry(other).return_reason == "The certificate is unreadable"

    def test_sent_twice_it_changes_nothing_more(self, hub: Hub, as_manager: PageClient) -> None:
        one, other = a_claim(hub, "Ama"), a_claim(hub, "Ben")
        for _ in range(2):
            press(as_manager, **decided({one: "confirm", other: "return"}, "Which day?"))
        assert (events("completion.verified"), events("completion.returned")) == (1, 1)
        assert entry(one).row_version == entry(other).row_version == 2

    def test_a_reason_that_is_missing_is_asked_for_and_everything_else_is_kept(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        one, other, third = (a_claim(hub, name) for name in ("Ama", "Ben", "Cat"))
        fields = decided({one: "return", other: "return", third: "leave"})
        fields[f"because-{other}"] = "Who <b>ran</b> {{7*7}} it? \U0001f642"
        page = press(as_manager, 400, **fields)
        assert "Say why, so that they know what to put right" in page
        assert 'value="Who <b>ran</b> {{7*7}} it? \U0001f642"' in page
        assert f'id="leave-{third}" name="decide-{third}" type="radio" value="leave" checked' in page
        assert all(entry(each).evidence == "self-declared" for each in (one, other, third))

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("because", ["a\0b", "\ud800", "x" * 1001, "\u202eback"])
    def test_a_reason_that_cannot_be_kept_is_told_at_its_row(
        self, hub: Hub, as_manager: PageClient, because: str
    ) -> None:
        one = a_claim(hub)
        data = {
            "csrf_token": as_manager.token(),
            **decided({one: "return"}, because.encode("utf-8", "replace").decode()),
        }
        answer = as_manager.post("/records/verify", data=data)
        assert answer.status_code in (302, 400)
        if answer.status_code == 400:
            assert f'href="#because-{one}"' in answer.get_data(as_text=True)
        assert answer.status_code == 400 or "\ud800" in because

    @pytest.mark.on_sqlite_only
    def test_a_choice_that_there_is_not_is_told(self, hub: Hub, as_manager: PageClient) -> None:
        one = a_claim(hub)
        assert "Choose what to do with this one" in press(as_manager, 400, **decided({one: "burn"}))
        assert "Choose what to do with at least one" in press(as_manager, 400, **decided({one: "leave"}))

    def test_the_second_of_two_deciders_sees_what_happened_and_what_they_chose(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        one, other = a_claim(hub, "Ama Okafor"), a_claim(hub, "Ben Asante")
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, one), "which day?")
        page = press(as_manager, 409, **decided({one: "confirm", other: "return"}, "Who ran it?"))
        assert "Somebody else changed this while you had it open." in page
        assert "Somebody else has decided about Ama Okafor meanwhile." in page
        assert 'value="Who ran it?"' in page
        assert entry(other).evidence == "self-declared"

    def test_who_confirmed_the_same_before_another_is_told_too(self, hub: Hub, as_manager: PageClient) -> None:
        one = a_claim(hub)
        with transaction():
            verify(hub.actor, db.session.get_one(Completion, one))
        press(as_manager, 409, **decided({one: "confirm"}))

    def test_one_own_claim_is_not_there_and_cannot_be_decided(self, hub: Hub) -> None:
        me, ben = hub.person("Me Myself"), hub.person("Ben")
        hub.account("both@hub.example", "workforce_manager", "member", person=me)
        own, theirs = (hub.completion(each, "SND-02", DAY, Evidence.SELF_DECLARED) for each in (me, ben))
        client = sign_in(hub.app, "both@hub.example")
        page = text(client, "/records/verify")
        assert "Ben" in page
        assert "Me Myself" not in page.split("</header>")[1]
        press(client, 404, **decided({own: "confirm", theirs: "confirm"}))
        assert entry(theirs).evidence == "self-declared"
        for act in ("verify", "send-back"):
            answer = client.post(f"/records/{own}/{act}", data={"csrf_token": client.token(), "reason": "x"})
            assert answer.status_code == 400
            assert "This entry is your own" in answer.get_data(as_text=True)
        fields = {"module": "IND-01", "person": me_reference(me), "evidence": "verified", "save": "yes"}
        page = send(client, "/records/add", 400, **fields, **day_fields(DAY))
        assert "nobody verifies their own" in page

    @pytest.mark.on_sqlite_only
    def test_what_goes_with_a_claim_opens_beside_it(self, hub: Hub, as_manager: PageClient) -> None:
        one, bare = a_claim(hub, "Ama Okafor"), a_claim(hub, "Ben Asante")
        photo, pdf = hub.evidence_file(one, a_photo()), hub.evidence_file(one)
        reflect(one, "A song <b>with</b> signs", shared=True)
        reflect(bare, "For me alone", shared=False)
        page = as_manager.get("/records/verify").get_data(as_text=True)
        ama, ben = page.split('<th scope="row">')[1:]
        assert "See photo, PDF, reflection" in ama
        assert f'<img src="/records/{one}/evidence/{photo}"' in ama
        assert f'href="/records/{one}/evidence/{pdf}" download' in ama
        assert "A song &lt;b&gt;with&lt;/b&gt; signs" in ama
        assert "<details" not in ben
        assert "For me alone" not in page
        for file in (photo, pdf):
            answer = as_manager.get(f"/records/{one}/evidence/{file}")
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        # And stands there still where the form is shown again.
        assert "See photo, PDF, reflection" in press(as_manager, 400, **decided({one: "return", bare: "leave"}))

    def test_a_long_queue_costs_no_more_than_a_short_one_and_shows_twenty_at_a_time(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        with_everything(hub, a_claim(hub, "Somebody"))
        with CountedQueries() as few:
            text(as_manager, "/records/verify")
        for number in range(CLAIMS_ON_A_PAGE):
            with_everything(hub, a_claim(hub, f"Person {number}"))
        with CountedQueries() as many:
            page = text(as_manager, "/records/verify")
        assert many.count <= few.count
        assert page.count('name="claim"') == page.count("See PDF, reflection") == CLAIMS_ON_A_PAGE
        assert "Showing 1 to 20 of 21" in page
        for number in ("-1", "x", "9" * 20):
            assert "Verify entries" in text(as_manager, f"/records/verify?page={number}")


def me_reference(person: int) -> str:
    from training_app.people.models import Person

    return db.session.get_one(Person, person).reference


def day_fields(day: date, **other: int) -> dict[str, str]:
    return {f"completed_on-{part}": str(other.get(part, getattr(day, part))) for part in ("day", "month", "year")}


class TestACoordinator:
    def test_confirms_their_own_people_where_the_module_allows_it(self, hub: Hub, as_manager: PageClient) -> None:
        school, elsewhere = hub.organisation("School", kind="school"), hub.organisation("Other", kind="school")
        hub.account("c@hub.example", "coordinator", organisations=[school])
        client = sign_in(hub.app, "c@hub.example")
        mine, other = hub.person("Mine", organisation=school), hub.person("Else", organisation=elsewhere)
        shared = hub.person("Shared", organisation=school)
        hub.engagement(shared, "music-service-staff", organisation=elsewhere)
        claims = {who: hub.completion(who, "SND-02", DAY, Evidence.SELF_DECLARED) for who in (mine, other, shared)}
        not_allowed = hub.completion(mine, "IND-01", DAY, Evidence.SELF_DECLARED)
        hub.outside(mine, "A course", DAY)
        assert "Nothing is waiting for you." in text(client, "/records/verify")
        press(client, 404, **decided({claims[mine]: "confirm"}))
        let_coordinators_confirm(hub, as_manager)
        page = text(client, "/records/verify")
        assert "Mine" in page
        for name in ("Else", "Shared", "A course"):
            assert name not in page
        for hidden in (claims[other], claims[shared], not_allowed):
            press(client, 404, **decided({hidden: "confirm"}))
        assert "1 entry verified" in press(client, **decided({claims[mine]: "confirm"}))
        assert "1 entry verified" in press(client, **decided({claims[mine]: "confirm"}))
        assert entry(claims[mine]).verified_by_account_id is not None
        answer = client.post(
            f"/records/{claims[mine]}/send-back", data={"csrf_token": client.token(), "reason": "x", "row_version": "2"}
        )
        assert answer.status_code == 400
        assert entry(claims[mine]).evidence == "verified"

    def test_the_manager_says_so_on_the_page_of_the_module_and_it_is_told(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        page = text(as_manager, "/catalogue/SND-02/edit")
        assert "A coordinator may confirm it for their own people" in page
        let_coordinators_confirm(hub, as_manager)
        page = text(as_manager, "/catalogue/SND-02")
        assert "A coordinator for their own people, or the workforce manager" in page
        assert "whether a coordinator may confirm it for their own people from no to yes" in page
        assert 'name="coordinator_may_confirm" type="checkbox" value="y" checked' in text(
            as_manager, "/catalogue/SND-02/edit"
        )


class TestAnswering:
    def returned(self, hub: Hub, person: int) -> int:
        claim = hub.completion(person, "SND-02", DAY, Evidence.SELF_DECLARED)
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, claim), "The certificate is unreadable")
        return claim

    def test_the_reason_is_on_their_home_and_record_and_an_answer_puts_it_back_in_the_queue(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        ama = hub.person("Ama Okafor")
        hub.account("ama@hub.example", "member", person=ama)
        client, claim = sign_in(hub.app, "ama@hub.example"), self.returned(hub, ama)
        for path in ("/", "/my/record"):
            assert "The certificate is unreadable" in text(client, path)
        path = f"/my/record/answer/{claim}"
        assert "Put something right above, or write an answer" in send(client, path, 400, **day_fields(DAY))
        form = {**dict(hidden_fields(text(client, path))), **day_fields(DAY), "answer": "It was <i>wet</i>"}
        for _ in range(2):
            assert client.post(path, data=form).status_code == 302
        (standing,) = db.session.scalars(select(Completion).where(Completion.evidence == "self-declared")).all()
        assert (standing.answer, standing.return_reason) == ("It was <i>wet</i>", "The certificate is unreadable")
        page = text(as_manager, "/records/verify")
        assert "Sent back before: The certificate is unreadable" in page
        assert "Their answer: It was <i>wet</i>" in page
        assert "The certificate is unreadable" not in text(client, "/")

    @pytest.mark.on_sqlite_only
    def test_another_photo_alone_is_an_answer_and_stands_beside_the_claim(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        ama = hub.person("Ama Okafor")
        hub.account("ama@hub.example", "member", person=ama)
        client, claim = sign_in(hub.app, "ama@hub.example"), self.returned(hub, ama)
        hub.evidence_file(claim)
        path = f"/my/record/answer/{claim}"
        assert "with the photo or PDF that it has" in text(client, path)
        broken = send(client, path, 400, photo=(BytesIO(b"no photo"), "photo.jpg"), answer="Here", **day_fields(DAY))
        assert "This is neither a photo (JPEG, PNG, WebP or HEIC) nor a PDF." in broken
        assert ">Here</textarea>" in broken
        kept = send(client, path, 400, photo=(BytesIO(a_photo()), "p.jpg"), **day_fields(DAY, year=1))
        assert "Your photo is kept with this form." in kept
        fields = {**dict(hidden_fields(kept)), **day_fields(DAY)}
        assert client.post(path, data=fields).status_code == 302
        (standing,) = db.session.scalars(select(Completion).where(Completion.evidence == "self-declared")).all()
        assert standing.id != claim
        assert "See photo, PDF" in text(as_manager, "/records/verify")

    def test_nobody_answers_for_somebody_else(self, hub: Hub) -> None:
        hub.account("ama@hub.example", "member", person=hub.person("Ama"))
        client, claim = sign_in(hub.app, "ama@hub.example"), self.returned(hub, hub.person("Ben"))
        assert client.get(f"/my/record/answer/{claim}").status_code == 404
        assert client.get("/my/record/answer/999999").status_code == 404

    def test_training_outside_the_catalogue_is_put_right_in_all_it_says(self, hub: Hub, as_manager: PageClient) -> None:
        ama = hub.person("Ama")
        hub.account("ama@hub.example", "member", person=ama)
        client = sign_in(hub.app, "ama@hub.example")
        claim = hub.outside(ama, "A cuorse", DAY)
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, claim), "Who ran it?")
        fields = {"title": "A course", "provider": "A charity", "hours": "2.5", "formal": "formal", **day_fields(DAY)}
        assert "A cuorse is sent to the hub again" in send(client, f"/my/record/answer/{claim}", **fields)
        page = text(as_manager, "/records/verify?outside=yes")
        assert "A course" in page
        assert "with A charity, 2.5 hours" in page
        (standing,) = db.session.scalars(select(Completion.id).where(Completion.evidence == "self-declared"))
        with_everything(hub, standing)
        assert "See PDF, reflection" in text(as_manager, f"/records/{standing}/map")
        assert "A cuorse" not in page
