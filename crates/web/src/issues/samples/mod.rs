//! Made-up issues: empty, typical, hostile and huge.

mod around;
mod side;

pub(super) use around::{confirmations, merged, shares, similar, view_lists};

use std::time::Duration;

use model::{IssueStatus, Level, Priority, Substatus};
use serde_json::{Value, json};

use super::{
    Assignee, Badge, IssueRow,
    attachments::{AttachmentsPage, Only},
    events::{EventListPage, EventRow},
    list::{DEFAULT_QUERY, EmptyList, IssueListPage, Sort, ViewTab},
    page::{IssueHead, IssuePage, Neighbours},
    settled::Settled,
};
use crate::{
    avatar::Picture,
    chart::{Bucket, Sparkline, TimeChart},
    discover::problem::{Problem, Subject},
    events::{
        EventSource, EventView, attachments::AttachmentRow, feedback::Report, grouping::grouping, stored::Shown,
        tags::TagDistribution, trace::TraceOptions,
    },
    gallery::{self, HOSTILE, Sample, ago},
    scope::{Range, Scope},
    shell::{Notice, Part, Undo},
    text::{self, Cut},
};

const LIST: &str = "/organizations/acme/issues/";
const PAGE: &str = "/organizations/acme/issues/7/";

fn trend(events: u64, id: i64) -> Sparkline {
    let count = |hour: i64| events * ((hour * id + hour * hour) % 13).unsigned_abs() / 120;
    Sparkline {
        counts: (0..24).map(count).collect(),
        over: "24 hours",
    }
}

fn row(id: i64, level: Level, kind: &str, value: &str, culprit: &str, badges: &[Badge], events: u64) -> IssueRow {
    IssueRow {
        id,
        short_id: format!("SHOP-{id:X}"),
        level,
        kind: text::line(kind, 120),
        value: text::line(value, 240),
        culprit: text::line(culprit, 240),
        badges: badges.to_vec(),
        trend: trend(events, id),
        events,
        users: events / 3,
        first_seen: ago(id * 200_000),
        last_seen: ago(id * id * 37),
        priority: Some(Priority::of_level(level)),
        assignee: None,
        status: match badges {
            _ if badges.contains(&Badge::Resolved) => IssueStatus::Resolved,
            _ if badges.contains(&Badge::Archived) => IssueStatus::Ignored,
            _ => IssueStatus::Unresolved,
        },
    }
}

fn typical_rows() -> Vec<IssueRow> {
    let who = |name: &str, is_viewer| {
        Some(Assignee {
            name: name.to_owned(),
            picture: Picture::of_name(name),
            is_viewer,
            is_team: name.starts_with('#'),
        })
    };
    use Badge::{New, Regressed, Unhandled};
    let mut rows = vec![
        row(
            7,
            Level::Error,
            "ZeroDivisionError",
            "division by zero",
            "shop/cart.py in charge",
            &[New, Unhandled],
            1_243,
        ),
        row(
            12,
            Level::Fatal,
            "OperationalError",
            "could not connect to server: Connection refused (port 5432)",
            "shop/db.py in connect",
            &[Unhandled],
            48,
        ),
        row(
            3,
            Level::Error,
            "TypeError",
            "Cannot read properties of null (reading 'amount')",
            "app/checkout in onSubmit",
            &[Regressed, Unhandled],
            18_204,
        ),
        row(
            44,
            Level::Warning,
            "Stock of A-1 is below the limit",
            "",
            "shop.stock",
            &[],
            310,
        ),
        row(
            45,
            Level::Error,
            "User.DoesNotExist",
            "User matching query does not exist.",
            "/users/{pk}/",
            &[],
            9,
        ),
        row(
            51,
            Level::Info,
            "Nightly import has finished with 3 skipped rows",
            "",
            "importer",
            &[],
            14,
        ),
        row(
            52,
            Level::Error,
            "PaymentError",
            "could not charge card ending 4242",
            "shop.payments in pay",
            &[New],
            2,
        ),
        row(
            60,
            Level::Debug,
            "Retrying in 4 seconds",
            "",
            "celery.worker",
            &[],
            7_733_120,
        ),
        row(
            61,
            Level::Error,
            "RecursionError",
            "maximum recursion depth exceeded",
            "shop/tree.py in down",
            &[Unhandled],
            1,
        ),
    ];
    rows[0].assignee = who("Ada Lovelace", true);
    rows[2].assignee = who("#payments", false);
    rows
}

pub(super) fn issue_lists() -> Vec<Sample> {
    let page = |query: &str, rows: Vec<IssueRow>, empty| IssueListPage {
        shell: gallery::scoped_shell(Part::Issues, "Issues", LIST, Scope::default()),
        query: query.to_owned(),
        problem: None,
        view: None,
        views: Vec::new(),
        recent: Vec::new(),
        sort: Sort::Date,
        total: rows.len() as u64,
        rows,
        trend_over: "24 hours",
        previous: None,
        next: None,
        empty,
    };
    let mut typical = page(DEFAULT_QUERY, typical_rows(), EmptyList::AllDone);
    typical.next = Some("/organizations/acme/issues/?cursor=x".to_owned());
    typical.total = 214;
    typical.shell.notice = Some(Notice {
        text: "Resolved 2 issues.".to_owned(),
        is_error: false,
        undo: Some(Undo {
            action: "/organizations/acme/issues/bulk/".to_owned(),
            fields: vec![("issue[]".to_owned(), "9".to_owned())],
        }),
    });
    let mut wrong = page("is:broken browser:Chrome", Vec::new(), EmptyList::NotAnswered);
    wrong.problem = Some(Problem {
        message: "“broken” is no value of is (at character 4)".to_owned(),
        caret: Some("is:broken browser:Chrome\n   ^^^^^^".to_owned()),
        meant: Some("is:new browser:Chrome".to_owned()),
        about: Subject::Query,
    });
    let view = |id: i64, name: &str| ViewTab {
        id,
        name: name.to_owned(),
        may_change: true,
    };
    typical.views = vec![view(1, "Checkout"), view(2, "Slow imports")];
    typical.recent = vec!["is:unresolved level:warning".to_owned(), "shop.cart".to_owned()];
    let scope = Scope {
        projects: vec![1, 3],
        environments: vec![HOSTILE.to_owned()],
        range: Range::Period("3d".to_owned()),
    };
    let mut nasty = row(
        7,
        Level::Error,
        HOSTILE,
        HOSTILE,
        HOSTILE,
        &[Badge::Unhandled, Badge::Archived],
        9_999_999_999,
    );
    nasty.assignee = Some(Assignee {
        name: HOSTILE.to_owned(),
        picture: Picture::of_name(HOSTILE),
        is_viewer: false,
        is_team: false,
    });
    let mut hostile = page(HOSTILE, vec![nasty], EmptyList::NothingMatches);
    hostile.shell = gallery::scoped_shell(Part::Issues, HOSTILE, LIST, scope);
    hostile.views = vec![view(1, HOSTILE)];
    hostile.recent = vec![HOSTILE.to_owned()];
    hostile.view = Some(1);
    let long = "word ".repeat(200);
    let huge = (1..=25).map(|id| {
        row(
            id,
            Level::Error,
            "VeryLongExceptionNameOfSomeEnterpriseFramework",
            &long,
            &long,
            &[Badge::Resolved],
            999_999,
        )
    });
    let huge = page("is:resolved", huge.collect(), EmptyList::NothingMatches);
    let no_event = EmptyList::NoEvent {
        project: "shop".to_owned(),
    };
    vec![
        Sample::new(
            "issues-no-project",
            &page(DEFAULT_QUERY, Vec::new(), EmptyList::NoProject),
        ),
        Sample::new("issues-no-event", &page(DEFAULT_QUERY, Vec::new(), no_event)),
        Sample::new("issues-all-done", &page(DEFAULT_QUERY, Vec::new(), EmptyList::AllDone)),
        Sample::new("issues-typical", &typical),
        Sample::new("issues-wrong-query", &wrong),
        Sample::new("issues-hostile", &hostile),
        Sample::new("issues-huge", &huge),
    ]
}

fn head(level: Level, kind: &str, value: &str) -> IssueHead {
    IssueHead {
        id: 7,
        short_id: "SHOP-7".to_owned(),
        project: "shop".to_owned(),
        project_id: 1,
        platform: "python".to_owned(),
        level,
        kind: kind.to_owned(),
        value: Cut::new(value, 8_000),
        culprit: "shop/cart.py in charge".to_owned(),
        status: IssueStatus::Unresolved,
        substatus: Substatus::New,
        settled: None,
        badges: vec![Badge::New, Badge::Unhandled],
        assignee: None,
        events: 1_243,
        users: 87,
        first_seen: ago(3 * 86_400),
        last_seen: ago(95),
        first_release: Some("shop@1.4.2".to_owned()),
        last_release: Some("shop@1.5.0".to_owned()),
    }
}

fn settled(words: &str, until: Option<model::Timestamp>) -> Option<Settled> {
    Some(Settled {
        words: words.to_owned(),
        until,
    })
}

fn chart() -> TimeChart {
    let bucket = |hour: i64| Bucket {
        at: ago((47 - hour) * 3_600),
        count: (hour * hour % 17 * (hour % 5)).unsigned_abs(),
    };
    TimeChart {
        buckets: (0..48).map(bucket).collect(),
        width: Duration::from_secs(3_600),
    }
}

fn distributions() -> Vec<TagDistribution> {
    let distribution = |key: &str, values: &[(&str, u64)]| TagDistribution {
        key: key.to_owned(),
        total: 1_243,
        values: values
            .iter()
            .map(|(value, count)| ((*value).to_owned(), *count))
            .collect(),
    };
    vec![
        distribution("environment", &[("production", 1_203), ("staging", 40)]),
        distribution("release", &[("shop@1.5.0", 902), ("shop@1.4.2", 341)]),
        distribution(
            "browser",
            &[
                ("Chrome 156", 700),
                ("Firefox 150", 210),
                ("Safari 26", 120),
                ("Edge 156", 60),
                ("Opera 120", 3),
            ],
        ),
        distribution("server_name", &[("web-1", 640), ("web-2", 603)]),
    ]
}

fn tags_of(payload: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    payload["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

fn page(issue: IssueHead, payload: Option<&Value>, options: TraceOptions) -> IssuePage {
    let distributions = if payload.is_some() { distributions() } else { Vec::new() };
    let event = payload.map(|payload| {
        let tags = tags_of(payload);
        EventView::new(source(&issue), payload, tags, &distributions, options)
    });
    let title = format!("{}: {}", issue.kind, issue.short_id);
    let side = side::side(&issue);
    IssuePage {
        shell: gallery::scoped_shell(Part::Issues, &title, PAGE, Scope::default()),
        issue,
        chart: chart(),
        distributions,
        side,
        event,
        neighbours: Neighbours {
            previous: Some("0957919fc7334f3b9fb2ac064c0a22fa".to_owned()),
            next: None,
        },
    }
}

/// With everything that can stand beside an event.
fn source(issue: &IssueHead) -> EventSource {
    let is_hostile = issue.project == HOSTILE;
    let text = |usual: &str| {
        if is_hostile {
            HOSTILE.to_owned()
        } else {
            usual.to_owned()
        }
    };
    let report = |name: &str, event: &str| Report {
        name: text(name),
        email: text("grace@example.com"),
        comments: Cut::new(&text("I only wanted to pay.\nThen it said error."), 4_000),
        at: ago(60),
        event: event.to_owned(),
    };
    EventSource {
        id: "fc6d8c0c43fc4630ad850ee518f1b9d0".to_owned(),
        at: ago(95),
        project: issue.project.clone(),
        issue: Some(issue.id),
        grouping: grouping(&json!({
            "app": {"contributes": true, "hash": "5e0e1a9b4d1f4a0fb1d6d5c6a4b0e3aa", "hashMismatch": is_hostile, "description": text("stack trace of the exception, in-app frames"),
                "component": {"id": "app", "contributes": true, "values": [{"id": "exception", "name": "exception", "contributes": true, "values": [
                    {"id": "stacktrace", "name": "stack trace", "contributes": true, "values": [
                        {"id": "frame", "name": "frame", "contributes": false, "hint": text("non app frame"), "values": []},
                        {"id": "frame", "name": "frame", "contributes": true, "values": [
                            {"id": "module", "name": "module", "contributes": true, "values": [text("shop.payments")]},
                            {"id": "function", "name": "function", "contributes": true, "values": [text("pay")]},
                        ]},
                    ]},
                    {"id": "type", "name": "error type", "contributes": true, "values": [text("PaymentError")]},
                ]}]}},
            "system": {"contributes": false, "hash": null, "hint": "app variant takes precedence", "description": ""},
        })),
        attachments: vec![file(1, &text("screenshot.png"), true), file(2, &text("app.log"), false)],
        reports: vec![
            report("Grace", "fc6d8c0c43fc4630ad850ee518f1b9d0"),
            report("", "0957919fc7334f3b9fb2ac064c0a22fa"),
        ],
        highlights: services::highlights::Highlights::default(),
    }
}

fn file(id: i64, name: &str, is_image: bool) -> AttachmentRow {
    let event = "fc6d8c0c43fc4630ad850ee518f1b9d0";
    let link = |verb: &str| format!("/organizations/acme/projects/shop/events/{event}/attachments/{id}/{verb}/");
    AttachmentRow {
        id,
        name: name.to_owned(),
        kind: "Attachment",
        content_type: if is_image { "image/png" } else { "text/plain" }.to_owned(),
        size: "180 kB".to_owned(),
        at: ago(90),
        event: event.to_owned(),
        is_image,
        view: Some(link("view")),
        download: link("download"),
        delete: link("delete"),
    }
}

pub(super) fn attachment_pages() -> Vec<Sample> {
    let page = |files: Vec<AttachmentRow>| AttachmentsPage {
        shell: gallery::scoped_shell(
            Part::Issues,
            "Attachments of SHOP-7",
            "/organizations/acme/issues/7/attachments/",
            Scope::default(),
        ),
        issue: head(Level::Error, "PaymentError", "could not charge card"),
        only: Only::All,
        pictures: files.iter().filter(|file| file.is_image).take(12).cloned().collect(),
        files,
        previous: None,
        next: None,
    };
    let typical = vec![
        file(1, "screenshot.png", true),
        file(2, "screenshot-1.png", true),
        file(3, "app.log", false),
    ];
    let many = (1..=50).map(|id| file(id, &"long name ".repeat(30), true)).collect();
    vec![
        Sample::new("attachments-empty", &page(Vec::new())),
        Sample::new("attachments-typical", &page(typical)),
        Sample::new("attachments-hostile", &page(vec![file(1, HOSTILE, true)])),
        Sample::new("attachments-huge", &page(many)),
    ]
}

fn typical_payload() -> Value {
    serde_json::from_str(include_str!("../../../samples/event.json")).expect("the sample is valid JSON")
}

/// Every field that can hold text holds hostile text.
fn hostile_payload() -> Value {
    let frame = json!({"function": HOSTILE, "filename": HOSTILE, "abs_path": HOSTILE, "module": HOSTILE, "lineno": u64::MAX, "colno": 3,
        "in_app": true, "pre_context": [HOSTILE], "context_line": HOSTILE, "post_context": [HOSTILE], "vars": {HOSTILE: HOSTILE}});
    json!({
        "platform": HOSTILE, "environment": HOSTILE, "release": HOSTILE, "transaction": HOSTILE, "timestamp": 1e18,
        "exception": {"values": [null, 7, {"type": HOSTILE, "value": HOSTILE, "module": HOSTILE,
            "mechanism": {"type": HOSTILE, "handled": "maybe", "source": HOSTILE, "parent_id": 0, "exception_id": 0},
            "stacktrace": {"frames": [frame, null, 7, {"in_app": false}]}}, {"type": HOSTILE}]},
        "breadcrumbs": [{"message": HOSTILE, "category": HOSTILE, "level": HOSTILE, "data": {HOSTILE: HOSTILE}}, null],
        "request": {"url": "javascript:alert(1)", "method": HOSTILE, "headers": [[HOSTILE, HOSTILE]], "data": HOSTILE, "cookies": {HOSTILE: HOSTILE}},
        "tags": [[HOSTILE, HOSTILE]], "user": {"id": HOSTILE, "email": HOSTILE, HOSTILE: [HOSTILE]},
        "contexts": {HOSTILE: {HOSTILE: {HOSTILE: HOSTILE}}}, "extra": {HOSTILE: [[[[HOSTILE]]]]},
        "modules": {HOSTILE: HOSTILE}, "errors": [{"type": HOSTILE, "name": HOSTILE, "reason": HOSTILE, "value": HOSTILE}],
    })
}

/// 10 MB of message, 300 frames, thousands of everything.
fn huge_payload() -> Value {
    let lines = vec!["x".repeat(200); 5];
    let frame = |number: usize| {
        json!({"function": format!("handler_{number}"), "filename": format!("app/module_{number}.py"), "lineno": number + 1, "in_app": number.is_multiple_of(3),
            "pre_context": lines, "context_line": "y".repeat(300), "post_context": lines,
            "vars": {"argument": "z".repeat(5_000), "other": vec![number; 500]}})
    };
    let map = |count: usize, value: &str| {
        (0..count)
            .map(|key| (format!("key {key}"), json!(value)))
            .collect::<serde_json::Map<_, _>>()
    };
    json!({
        "platform": "python",
        "exception": [{"type": "MemoryError", "value": "m".repeat(10_000_000), "stacktrace": {"frames": (0..300).map(frame).collect::<Vec<_>>()}}],
        "breadcrumbs": (0..1_000).map(|crumb| json!({"message": format!("{crumb} {}", "b".repeat(3_000)), "data": map(20, "d")})).collect::<Vec<_>>(),
        "request": {"url": "u".repeat(100_000), "headers": map(500, &"h".repeat(500)), "data": "d".repeat(1_000_000)},
        "tags": (0..2_000).map(|tag| json!([format!("tag{tag:04}"), "t".repeat(200)])).collect::<Vec<_>>(),
        "contexts": (0..200).map(|context| (format!("context {context}"), Value::Object(map(50, &"c".repeat(1_000))))).collect::<serde_json::Map<_, _>>(),
        "extra": map(2_000, &"e".repeat(16_000)), "modules": map(3_000, "1.0.0"),
    })
}

pub(super) fn issue_pages() -> Vec<Sample> {
    let error = |kind: &str, value: &str| head(Level::Error, kind, value);
    let (typical, hostile, huge) = (typical_payload(), hostile_payload(), huge_payload());
    let usual = TraceOptions::default();
    let payment = || error("PaymentError", "could not charge card ending 4242: the rate of AT is 0");
    let mut resolved = payment();
    resolved.status = IssueStatus::Resolved;
    resolved.settled = settled("Resolved in shop@1.5.0 by Ada Lovelace", None);
    resolved.badges = vec![];
    resolved.assignee = Some(Assignee {
        name: "Ada Lovelace".to_owned(),
        picture: Picture::of_name("Ada Lovelace"),
        is_viewer: true,
        is_team: false,
    });
    let mut archived = payment();
    (archived.status, archived.substatus) = (IssueStatus::Ignored, Substatus::ArchivedUntilConditionMet);
    archived.settled = settled("Archived by Ada Lovelace until 30 more events", Some(ago(-86_400)));
    archived.badges = vec![];
    let mut nasty = error(HOSTILE, HOSTILE);
    nasty.settled = settled(HOSTILE, None);
    (nasty.culprit, nasty.project, nasty.platform) = (HOSTILE.to_owned(), HOSTILE.to_owned(), HOSTILE.to_owned());
    nasty.assignee = Some(Assignee {
        name: HOSTILE.to_owned(),
        picture: Picture::of_name(HOSTILE),
        is_viewer: false,
        is_team: false,
    });
    nasty.last_release = Some(HOSTILE.to_owned());
    let message = json!({"platform": "python", "logger": "shop.stock", "level": "warning",
        "logentry": {"formatted": "Stock of A-1 is 3", "message": "Stock of %s is %d", "params": ["A-1", 3]},
        "tags": [["environment", "production"], ["logger", "shop.stock"]], "extra": {"sys.argv": ["worker.py", "--once"]}});
    let all = TraceOptions {
        all_frames: true,
        oldest_first: true,
        ..usual
    };
    let raw = TraceOptions { raw: true, ..usual };
    let stored = TraceOptions {
        exception: Shown::Raw,
        request: Shown::Raw,
        ..usual
    };
    vec![
        Sample::new("issue-empty", &page(payment(), None, usual)),
        Sample::new("issue-typical", &page(payment(), Some(&typical), usual)),
        Sample::new("issue-all-frames", &page(resolved, Some(&typical), all)),
        Sample::new("issue-archived", &page(archived, Some(&typical), usual)),
        Sample::new("issue-raw", &page(payment(), Some(&typical), raw)),
        Sample::new("issue-json", &page(payment(), Some(&typical), stored)),
        Sample::new(
            "issue-message",
            &page(head(Level::Warning, "Stock of A-1 is 3", ""), Some(&message), usual),
        ),
        Sample::new("issue-hostile", &page(nasty, Some(&hostile), usual)),
        Sample::new(
            "issue-huge",
            &page(error("MemoryError", &"m".repeat(10_000_000)), Some(&huge), usual),
        ),
    ]
}

pub(super) fn event_lists() -> Vec<Sample> {
    let event = |number: i64, title: &str, text: &str| EventRow {
        id: format!(
            "{:032x}",
            u128::from(number.unsigned_abs()) * 0x0057_919f_c733_4f3b_9fb2_ac06_4c0a_22fb
        ),
        at: ago(number * number * 60),
        title: title.to_owned(),
        release: text.to_owned(),
        environment: if text.is_empty() {
            "production".to_owned()
        } else {
            text.to_owned()
        },
        user: "ada@example.com".to_owned(),
    };
    let page = |events| EventListPage {
        shell: gallery::scoped_shell(
            Part::Issues,
            "Events of SHOP-7",
            "/organizations/acme/issues/7/events/",
            Scope::default(),
        ),
        issue: head(Level::Error, "PaymentError", "could not charge card"),
        query: String::new(),
        problem: None,
        events,
        previous: None,
        next: Some("/organizations/acme/issues/7/events/?cursor=x".to_owned()),
    };
    let title = "PaymentError: could not charge card ending 4242: the rate of AT is 0";
    vec![
        Sample::new("events-empty", &page(Vec::new())),
        Sample::new(
            "events-typical",
            &page((1..12).map(|number| event(number, title, "")).collect()),
        ),
        Sample::new("events-hostile", &page(vec![event(1, HOSTILE, HOSTILE)])),
        Sample::new(
            "events-huge",
            &page(
                (1..=25)
                    .map(|number| event(number, &"word ".repeat(60), "shop@1.0"))
                    .collect(),
            ),
        ),
    ]
}
