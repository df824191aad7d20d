//! The weekly report: exact numbers, of the reader's projects, once.

use std::time::Duration;

use ::model::{Assignee, IssueStatus, NotificationKind, Timestamp};
use query::Dataset;
use services::{
    access::OrganizationScope,
    diagnostics::trace::{self, LedgerFilter},
    discover::{self, About, TableRequest, Window},
    issues::IssueChange,
    mails,
    projects::{self, ProjectChange},
    reports::{self, ReportSettings, Week, WeekNumbers},
    settings as topics, teams,
};
use store::events::Cell;
use testkit::on_every_database;

use super::*;

/// A Sunday; the installation of the tests begins on the Friday before.
const SUNDAY: &str = "2027-01-24T09:00:00Z";

impl Crowd {
    fn organization(&self) -> OrganizationScope {
        self.installation.organization()
    }

    fn set_clock(&self, at: &str) {
        self.installation.clock.set(at.parse().unwrap());
    }

    /// The same event so many times, at the time of the clock.
    async fn receive(&self, project: ProjectId, number: usize, fields: Value) -> Option<IssueId> {
        let app = &self.installation.app;
        let organization = self.installation.scope.organization.id;
        let config = project_config::get(app, organization, project).await.unwrap().unwrap();
        let mut batch = Vec::new();
        for _ in 0..number {
            let event = Event::from_slice(fields.to_string().as_bytes()).unwrap();
            let context = normalize::Context::new(app.now(), EventId::random());
            let new = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
            batch.push(new.into());
        }
        let saved = events::record(app, batch).await.unwrap();
        self.settle().await;
        saved.into_iter().next().and_then(Saved::issue)
    }

    async fn error(&self, name: &str, level: &str, number: usize) -> IssueId {
        let fields = json!({ "message": name, "fingerprint": [name], "level": level });
        self.receive(self.project(), number, fields).await.unwrap()
    }

    async fn transaction(&self, milliseconds: i64, status: &str) {
        let now = self.installation.app.now();
        let start = Timestamp(now.0 - milliseconds * 1_000);
        let seconds = |at: Timestamp| at.0 as f64 / 1_000_000.0;
        let fields = json!({
            "type": "transaction", "transaction": "/pay", "start_timestamp": seconds(start), "timestamp": seconds(now),
            "contexts": {"trace": {"trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee",
                "op": "http.server", "status": status}},
        });
        self.receive(self.project(), 1, fields).await;
    }

    async fn another_project(&self, slug: &str, member: UserId) -> ProjectId {
        let (app, scope) = (&self.installation.app, self.organization());
        let team = teams::create(app, &scope, None, Some(slug)).await.unwrap();
        let change = ProjectChange {
            name: Some(slug),
            without_rules: true,
            ..ProjectChange::default()
        };
        let (project, _) = projects::create(app, &scope, Some(&team), &change).await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        store::teams::add_member(&mut tx, team.id, member, TeamRole::Contributor, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        project.id
    }

    /// Reports that were sent: to whom, in which words.
    fn reported(&self) -> Vec<(String, String)> {
        let news = self.news(&self.mails, 0).into_iter();
        let reports = news.filter(|mail| text(&mail.content, "subject").contains("Weekly"));
        let mut reports: Vec<_> = reports
            .map(|mail| (text(&mail.target, "address"), text(&mail.content, "text")))
            .collect();
        reports.sort();
        reports
    }

    async fn count(&self, dataset: Dataset, week: &Week) -> i64 {
        let about = self.about(dataset, week);
        discover::count(&self.installation.app, &self.organization(), &about)
            .await
            .unwrap()
    }

    fn about(&self, dataset: Dataset, week: &Week) -> About {
        About {
            datasets: vec![dataset],
            projects: vec![self.project()],
            environments: Vec::new(),
            window: Window::between(week.start, week.end).unwrap(),
            query: String::new(),
        }
    }
}

#[tokio::test]
async fn eml5_each_eligible_member_gets_one_report_whose_numbers_are_those_of_the_queries() {
    on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.organization());
        let ann = crowd.member("ann").await;
        let bob = crowd.member("bob").await;
        crowd
            .answer(bob, NotificationType::REPORTS, Scope::Everywhere, "never")
            .await;
        crowd.outsider("eve").await; // in no team,
        let kim = crowd.outsider("kim").await; // in one whose project is quiet,
        let zoe = crowd.outsider("zoe").await; // and in one of her own.
        crowd.another_project("quiet", kim).await;
        let own = crowd.another_project("secret", zoe).await;

        let old = crowd.error("old", "warning", 2).await;
        crowd.set_clock("2027-01-16T23:59:59Z");
        crowd.error("old", "warning", 1).await;
        // From here on it is the week.
        crowd.set_clock("2027-01-17T00:00:00Z");
        crowd.error("old", "warning", 4).await;
        crowd.set_clock("2027-01-19T12:00:00Z");
        let fatal = crowd.error("fatal", "fatal", 5).await;
        let solved = crowd.error("solved", "error", 3).await;
        let taken = crowd.error("taken", "error", 2).await;
        let note = crowd.error("note", "info", 1).await;
        for step in 1..=20 {
            crowd
                .transaction(step * 100, if step == 7 { "internal_error" } else { "ok" })
                .await;
        }
        crowd
            .receive(own, 7, json!({ "message": "hers", "level": "error" }))
            .await;
        let resolve = || IssueChange {
            status: Some(IssueStatus::Resolved.into()),
            ..IssueChange::default()
        };
        for issue in [solved, note] {
            crowd.installation.change(issue, resolve()).await;
        }
        let assign = IssueChange {
            assignee: Some(Some(Assignee::User(ann))),
            ..IssueChange::default()
        };
        crowd.installation.change(taken, assign).await;
        crowd.set_clock("2027-01-24T00:00:00Z");
        crowd.error("after", "fatal", 9).await;
        crowd.reported();

        crowd.set_clock("2027-01-24T08:00:00Z");
        crowd.settle().await;
        assert_eq!(crowd.reported(), [], "before its hour");
        crowd.set_clock(SUNDAY);
        crowd.settle().await;
        let reports = crowd.reported();
        let readers: Vec<&str> = reports.iter().map(|(address, _)| address.as_str()).collect();
        assert_eq!(readers, ["a@example.com", "ann@example.com", "zoe@example.com"]);

        // Every number is that of its query.
        let week = Week::before("UTC", app.now());
        assert_eq!(
            (week.start.to_string(), week.end.to_string()),
            ("2027-01-17T00:00:00Z".to_owned(), "2027-01-24T00:00:00Z".to_owned())
        );
        let kept = store::weekly_reports::find(&mut app.store.read().await.unwrap(), scope.organization.id, week.start)
            .await
            .unwrap()
            .unwrap();
        let numbers: WeekNumbers = serde_json::from_value(kept.numbers).unwrap();
        let summary = numbers.summary(&[crowd.project()]);
        assert_eq!(summary.errors, crowd.count(Dataset::Errors, &week).await);
        assert_eq!(summary.transactions, crowd.count(Dataset::Transactions, &week).await);
        assert_eq!(
            (summary.errors, summary.transactions, summary.total_events()),
            (15, 20, 35)
        );
        assert_eq!((summary.new_issues, summary.critical_issues), (4, 1));
        assert_eq!(
            (summary.resolved_issues, summary.top_resolver),
            (2, Some((crowd.owner(), 2)))
        );
        let tops: Vec<(i64, i64)> = summary.top_issues.iter().map(|top| (top.id, top.events)).collect();
        assert_eq!(tops, [(fatal.0, 5), (old.0, 4), (solved.0, 3)]);
        assert_eq!(
            summary.top_error.as_ref().map(|top| (top.id, top.events)),
            Some((fatal.0, 5))
        );
        // What is open now: `after` came later, and is.
        assert_eq!((summary.open_high_priority, summary.unassigned), (3, 3));
        let request = TableRequest {
            about: crowd.about(Dataset::Transactions, &week),
            fields: vec!["p95()".to_owned(), "failure_rate()".to_owned()],
            sort: Vec::new(),
            limit: 1,
            offset: 0,
        };
        let table = discover::table(app, &scope, &request).await.unwrap();
        let [Cell::Number(p95), Cell::Number(rate)] = table.rows[0][..] else {
            panic!("{table:?}");
        };
        assert!(
            (rate - 0.05).abs() < 1e-9 && (1_800.0..=2_000.0).contains(&p95),
            "{rate} {p95}"
        );
        for line in [
            "New: 4".to_owned(),
            "Critical: 1".to_owned(),
            "Resolved: 2".to_owned(),
            "Events: 35".to_owned(),
            "Failed transactions: 5.00%".to_owned(),
            format!("95th percentile: {p95:.0} ms"),
            "Open issues of high priority: 3".to_owned(),
            "Open issues without an assignee: 3".to_owned(),
        ] {
            assert!(
                reports[1].1.lines().any(|found| found == line),
                "{line} in\n{}",
                reports[1].1
            );
        }
        // Another's project is in no other's report.
        assert!(
            reports[2].1.contains("Errors: 7") && reports[2].1.contains("hers"),
            "{}",
            reports[2].1
        );
        assert!(!reports[1].1.contains("hers"), "{}", reports[1].1);

        // Whoever has reports off stands in the ledger with the reason.
        let filter = LedgerFilter {
            kind: Some(NotificationKind::WeeklyReport),
            user: Some(bob),
            ..LedgerFilter::default()
        };
        let told = trace::list(app, &scope, filter, IdPage::newest(10)).await.unwrap();
        // The week before was told of as well, on the first day on which the clock of the test was behind its Sunday.
        let weeks: Vec<&Value> = told.iter().map(|told| &told.notification.cause["week"]).collect();
        assert_eq!(weeks, ["2027-01-17", "2027-01-10"]);
        let reasons: Vec<&str> = trace::of_user(&told[0], bob)
            .iter()
            .map(|row| row.reason.as_str())
            .collect();
        assert_eq!(reasons, ["setting_off"]);

        // Once more, by hand and by the clock: nobody gets it twice.
        reports::tell(app, scope.organization.id, &week).await.unwrap();
        for hours in [1, 2, 20] {
            crowd.installation.clock.advance(Duration::from_secs(hours * 3_600));
            crowd.settle().await;
        }
        assert_eq!(crowd.reported(), []);
        // A week later nothing had happened, but for the newest issue on the Sunday.
        crowd.set_clock("2027-01-31T09:00:00Z");
        crowd.settle().await;
        let readers: Vec<String> = crowd.reported().into_iter().map(|(address, _)| address).collect();
        assert_eq!(readers, ["a@example.com", "ann@example.com"]);
    })
    .await;
}

#[tokio::test]
async fn eml5_an_owner_previews_the_report_and_sends_it_to_one_address() {
    on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (app, scope) = (&crowd.installation.app, crowd.organization());
        crowd.member("ann").await;
        crowd.error("one", "fatal", 3).await;
        crowd.set_clock("2027-01-16T12:00:00Z");
        let changed = ReportSettings {
            template: "Subject: Weekly for {{ recipient_name }}\n\n{{ total_events }} of {{ week }}".to_owned(),
            time_zone: "Europe/Vienna".to_owned(),
            ..ReportSettings::default()
        };
        topics::set_of_organization(app, &scope, &changed).await.unwrap();
        let preview = reports::preview(app, &scope).await.unwrap();
        assert_eq!(preview.week.first_day, "2027-01-09");
        assert_eq!(preview.summary.total_events(), 3);
        assert_eq!(preview.text, "3 of 2027-01-09");
        reports::send_to(app, &scope, "ann@example.com").await.unwrap();
        crowd.settle().await;
        let sent = crowd.reported();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, "ann@example.com");
        assert!(sent[0].1.contains("3 of 2027-01-09"), "{}", sent[0].1);
        // Only where the organization may send.
        for (address, expected) in [("nobody", false), ("stranger@elsewhere.example", true)] {
            let refused = reports::send_to(app, &scope, address).await.unwrap_err();
            let is_refused = matches!(refused, reports::SendError::Refused(mails::Refusal::Unknown));
            assert_eq!(is_refused, expected, "{address}: {refused}");
        }
        // A copy is no report: on Sunday all get theirs.
        crowd.set_clock("2027-01-17T12:00:00Z");
        crowd.settle().await;
        assert_eq!(crowd.reported().len(), 2);
    })
    .await;
}
