"""Every form of the settings: what is wrong is said with its line, what was typed stays, what is right is kept."""

import json

import pytest

from pages import Visitor

PROJECT = "/organizations/acme/projects/web/settings/"
ORGANIZATION = "/organizations/acme/settings/"


@pytest.fixture
def visitor(server):
    person = Visitor(server.url)
    person.log_in("a@example.com", "secret123")
    return person


# Page, form, what is wrong with which field, where it is wrong, and what is right there.
FORMS = [
    ("filters/", "filters-form", "releases", "web@1.*\nweb@[", "Line 2", "web@1.*\nweb@2.*"),
    ("filters/", "filters-form", "blacklisted_ips", "10.0.0.0/8\n\n10.0.0.0.1", "Line 3", "10.0.0.0/8"),
    ("filters/", "filters-form", "custom", '[\n  {"id": "a", "condition": {"op": "no"}}\n]', "Line 2, column",
     '[{"id": "a", "condition": {"op": "eq", "name": "event.release", "value": "web@3"}}]'),
    ("scrubbing/", "scrubbing-form", "relay_pii_config", '{\n  "rules": {"a": {"type": "patern"}}\n}', "Line 2, column",
     '{"rules": {"a": {"type": "pattern", "pattern": "A-[0-9]+"}}, "applications": {"$string": ["a"]}}'),
    ("grouping/", "grouping-form", "fingerprint_rules", "error.type:A -> a\nerror.kind:B -> b", "Line 2, column",
     "error.type:A -> a"),
    ("grouping/", "grouping-form", "stack_trace_rules", "path:**/vendor/** -app\nfunction:x +nonsense", "Line 2, column",
     "path:**/vendor/** -app"),
    ("sampling/", "sampling-form", "rate", "most", "between 0 and 100", "25"),
    ("sampling/", "sampling-form", "custom", '[\n{"id": 1, "samplingValue": {"type": "factor", "value": 2},'
     '\n"condition": {"op": "and", "inner": []}}\n]', "Line 2, column",
     '[{"id": 3001, "samplingValue": {"type": "factor", "value": 2}, "condition": {"op": "and", "inner": []}}]'),
    ("security/", "security-form", "allowed_domains", "example.com\nfoo bar", "Line 2", "*"),
    ("notifications/", "project-notifications-form", "digests_min_delay", "5", "between 60", "120"),
    ("notifications/", "project-notifications-form", "hourly_cap", "many", "between 1 and", "50"),
    ("mail/", "mail-form", "subject_template", "{{ title", "Line 1, column", "{{ title }}"),
    ("mail/", "mail-form", "body_template", "Hello\n{{ title", "Line 2", "{{ title }}"),
]


@pytest.mark.parametrize("page,form,field,wrong,place,right", FORMS)
def test_an_error_points_at_its_line_and_loses_nothing(visitor, page, form, field, wrong, place, right):
    path = PROJECT + page
    opened = visitor.open(path)
    assert opened.status == 200, opened.html
    before = opened.form(form).value(field)
    refused = visitor.submit(opened, form, **{field: wrong, "action": "save"})
    assert refused.status == 400 and place in refused.text("form-errors"), refused.texts("form-errors")
    assert refused.form(form).value(field) == wrong, "it stands there as it was typed"
    assert visitor.open(path).form(form).value(field) == before, "nothing was saved"
    saved = visitor.submit(refused, form, **{field: right, "action": "save"})
    assert saved.status == 200 and saved.has("notice") and not saved.has("form-errors"), saved.texts("form-errors")
    kept = saved.form(form).value(field)
    if field == "custom":
        assert json.loads(right)[0].items() <= json.loads(kept)[0].items(), "written out, with what was left to be understood"
    else:
        assert kept == right


def test_the_limit_of_a_key_has_a_number_and_a_time(visitor):
    page = visitor.open(visitor.open(PROJECT + "keys/").links["key-link"])
    refused = visitor.submit(page, "key-form", count="many", window="1", unit="h")
    assert refused.status == 400 and "whole number" in refused.text("form-errors")
    assert refused.form("key-form").value("count") == "many"
    assert visitor.submit(refused, "key-form", count="1,000", window="2", unit="h").has("notice")
    assert "1,000 errors in 2h" in visitor.open(PROJECT + "keys/").texts("key-limit")
    assert visitor.submit(page, "key-form", count="").has("notice")
    assert not visitor.open(PROJECT + "keys/").has("key-limit")


@pytest.mark.parametrize("path", [PROJECT + "rate-limits/", ORGANIZATION + "rate-limits/"])
def test_limits_come_and_go(visitor, path):
    page = visitor.open(path)
    rows = len(page.texts("limit-row"))
    window = {"window[]": "1", "unit[]": "h", "categories[]": "span"}
    refused = visitor.submit(page, "rate-limits-form", **{"limit[]": "lots"} | window)
    assert refused.status == 400 and refused.form("rate-limits-form").value("limit[]") == "lots"
    saved = visitor.submit(page, "rate-limits-form", **{"limit[]": "5000"} | window)
    assert saved.has("notice") and len(saved.texts("limit-row")) == rows + 1
    assert "accepted in the last 1h" in saved.text("limit-usage")
    gone = visitor.submit(saved, "rate-limits-form", **{"limit[]": ""} | window)
    assert len(gone.texts("limit-row")) == rows


def test_scrubbing_is_tried_before_it_is_saved(visitor):
    page = visitor.open(PROJECT + "scrubbing/")
    tried = visitor.submit(page, "try", sample='{"password": "hunter2", "seat": "A1"}', sensitive_fields="seat")
    assert tried.status == 200 and tried.has("trial"), tried.html
    changes = tried.texts("trial-change")
    assert len(changes) == 2 and all("[Filtered]" in change for change in changes), changes
    assert "hunter2" not in tried.text("trial")
    assert tried.form("scrubbing-form").value("sensitive_fields") == "seat", "what was typed stays"
    assert visitor.open(PROJECT + "scrubbing/").form("scrubbing-form").value("sensitive_fields") == "", "and is not saved"


def test_what_the_organization_enforces_is_said_in_its_projects(visitor):
    page = visitor.open(ORGANIZATION + "scrubbing/")
    assert visitor.submit(page, "scrubbing-form", scrub_ip_addresses="1", action="save").has("notice")
    of_project = visitor.open(PROJECT + "scrubbing/")
    assert of_project.has("enforced") and "enforced by the organization" in of_project.html
    off = visitor.open(ORGANIZATION + "scrubbing/")
    off.form("scrubbing-form").fields = [field for field in off.form("scrubbing-form").fields if field[0] != "scrub_ip_addresses"]
    assert visitor.submit(off, "scrubbing-form", action="save").has("notice")
    assert not visitor.open(PROJECT + "scrubbing/").has("enforced")


def test_the_rules_of_sampling_stand_in_their_order(visitor):
    page = visitor.open(PROJECT + "sampling/")
    saved = visitor.submit(page, "sampling-form", rate="12.5", custom="")
    rules = saved.texts("sampling-rule")
    assert "keep 12.5%" in rules[-1] and rules[-1].startswith("1000"), rules
    assert any("Health checks" in rule for rule in rules)
    assert visitor.submit(saved, "sampling-form", rate="100").texts("sampling-rule")[-1].endswith("everything")


def test_the_loader_has_options_of_its_own(visitor):
    page = visitor.open(PROJECT + "loader/")
    assert "/js-sdk-loader/" in page.text("loader-script")
    saved = visitor.submit(page, "loader-form", version="10.x", replay="1")
    assert saved.form("loader-form").value("version") == "10.x" and saved.form("loader-form").value("replay") == "1"


def test_the_organization_has_another_name(visitor):
    page = visitor.open(ORGANIZATION)
    assert visitor.submit(page, "organization-form", name=" ").status == 400
    assert visitor.submit(page, "organization-form", name="Acme Ltd.").has("notice")
    assert "Acme Ltd." in visitor.open("/organizations/acme/issues/").html


def test_a_form_without_its_token_changes_nothing(visitor):
    for page, form in [(PROJECT + "filters/", "filters-form"), (ORGANIZATION + "scrubbing/", "scrubbing-form")]:
        opened = visitor.open(page)
        opened.form(form).fields = [field for field in opened.form(form).fields if field[0] != "csrf_token"]
        assert visitor.submit(opened, form).status == 403


def test_settings_of_nobody_and_of_others_look_alike(visitor):
    for path in [PROJECT.replace("web", "nothing") + "filters/", PROJECT.replace("acme", "nobodys") + "grouping/",
                 "/organizations/nobodys/stats/", PROJECT + "keys/00000000000000000000000000000000/"]:
        assert visitor.open(path).status == 404, path
