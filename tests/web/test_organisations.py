"""The pages of organisations."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import func, select

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.pages import hidden_fields
from tests.web.test_people import HOSTILE, open_page, send, words_of
from training_app.database import db
from training_app.people.models import Organisation
from training_app.people.queries import organisation_by_name


def test_organisations_are_listed_with_their_people_of_today(as_manager: PageClient, hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary", kind="school", area="Suffolk")
    hub.person(organisation=school)
    hub.person("Ben", organisation=school, end_on="2021-01-01")
    hub.organisation("Harbour Music Service", area="Norfolk")
    page = open_page(as_manager, "/organisations")
    assert "2 organisations" in page
    assert "Fenwick Primary School Suffolk 1 people of Fenwick Primary" in page
    assert "Harbour" not in open_page(as_manager, "/organisations?kind=school&area=Suffolk&q=fen")
    by_people = open_page(as_manager, "/organisations?sort=-people")
    assert by_people.index("Fenwick Primary School") < by_people.index("Harbour Music Service Music")
    open_page(as_manager, "/organisations?kind=castle", 400)


def test_an_empty_list_says_what_to_do_first(as_manager: PageClient, hub: Hub) -> None:
    assert "No organisation is here yet. Add the first" in open_page(as_manager, "/organisations")


def test_the_list_asks_as_often_for_many_organisations_as_for_few(as_manager: PageClient, hub: Hub) -> None:
    def asked() -> int:
        with CountedQueries() as counted:
            open_page(as_manager, "/organisations")
        return counted.count

    hub.organisation("One", kind="school")
    few = asked()
    for number in range(20):
        hub.person(f"Person {number}", organisation=hub.organisation(f"School {number}", kind="school"))
    assert asked() == few


def test_the_list_as_a_file(as_manager: PageClient, hub: Hub) -> None:
    hub.organisation("Fenwick Primary", kind="school", area="Suffolk")
    response = as_manager.get("/organisations.csv?kind=school")
    rows = list(csv.reader(io.StringIO(response.get_data(as_text=True))))
    assert rows == [
        ["organisation", "organisation_kind", "area", "people"],
        ["Fenwick Primary", "school", "Suffolk", "0"],
    ]


def test_an_organisation_is_added_and_changed(as_manager: PageClient, hub: Hub) -> None:
    page = send(as_manager, "/organisations/new", name="Fenwick Primary", kind="school", area="Suffolk")
    assert "Fenwick Primary is added. It changes coverage once somebody is engaged there." in page
    place = organisation_by_name("Fenwick Primary")
    assert place is not None
    path = f"/organisations/{place.id}"
    assert "Nobody has an engagement here today." in open_page(as_manager, path)
    page = send(as_manager, path, name="Fenwick Academy", kind="school", area="")
    assert "Fenwick Academy is saved." in page


def test_a_known_name_is_refused_and_what_was_typed_is_kept(as_manager: PageClient, hub: Hub) -> None:
    hub.organisation("Fenwick Primary", kind="school")
    page = as_manager.submit("/organisations/new", {"name": "FENWICK primary", "kind": "school", "area": "Kent"})
    assert page.status_code == 400
    html = page.get_data(as_text=True)
    assert "There is an organisation called Fenwick Primary already." in html
    assert 'value="Kent"' in html


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.on_sqlite_only
def test_whatever_is_typed_it_is_answered(as_manager: PageClient, hub: Hub, typed: str) -> None:
    value = typed.encode("utf-8", "surrogatepass")
    for field in ("name", "kind", "area"):
        fields = {"name": "Fenwick", "kind": "school", "area": "Kent", field: value}
        assert as_manager.submit("/organisations/new", fields).status_code in (302, 400)


@pytest.mark.parametrize("number", ["0", "999999", "2147483648", "99999999999999999999", "-1", "x", "%00"])
def test_an_unknown_organisation_is_not_there(as_manager: PageClient, hub: Hub, number: str) -> None:
    open_page(as_manager, f"/organisations/{number}", 404)


def test_the_second_editor_is_told(as_manager: PageClient, hub: Hub) -> None:
    path = f"/organisations/{hub.organisation('Fenwick Primary', kind='school')}"
    seen = dict(hidden_fields(as_manager.get(path).get_data(as_text=True)))
    send(as_manager, path, name="Saved first", kind="school", area="")
    typed = {"name": "Typed second", "kind": "partner", "area": ""}
    response = as_manager.post(path, data={**seen, **typed})
    assert response.status_code == 409
    assert "Name Saved first Kind School" in words_of(response.get_data(as_text=True))
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 1
