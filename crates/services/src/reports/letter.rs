//! What a report says: in our words, or in those of the organization.

use alerts::template::{Form, Template, TemplateError, split_subject};
use serde_json::{Map, Value, json};

use super::{Summary, TopIssue, Week};
use crate::mails::letter::{Block, Item, Letter};

/// What a template of a report can say.
pub const VARIABLES: &[(&str, &str)] = &[
    ("week", "the first day of the week: 2026-11-15"),
    ("week_end", "its last day"),
    ("organization_name", "the organization"),
    ("recipient_name", "whoever gets it"),
    ("new_issues_count", "how many issues were first seen in the week"),
    ("critical_issues_count", "how many of these are fatal"),
    ("top_error", "the new issue with most events"),
    ("resolved_issues_count", "how many issues were resolved"),
    ("top_resolver", "who resolved most of them"),
    ("regressed_issues_count", "how many resolved issues came back"),
    ("escalated_issues_count", "how many issues escalated"),
    ("avg_error_rate", "the share of transactions that failed, in percent"),
    (
        "p95_response_time",
        "what 95 of 100 transactions took at most, in milliseconds",
    ),
    ("total_events", "errors and transactions together"),
    ("total_errors", "error events"),
    ("total_transactions", "transactions"),
    (
        "issue_1_title",
        "the issue with most events; issue_2_title and issue_3_title follow",
    ),
    ("issue_1_count", "its events in the week"),
    ("issue_1_url", "its page"),
    ("open_high_priority", "open issues of high priority"),
    ("unassigned_count", "open issues without an assignee"),
    ("dashboard_url", "the page with all of it"),
];

/// What stands for a number that there is not, as how long nothing took.
const NONE: &str = "–";

/// Who reads a report, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub organization_name: &'a str,
    pub recipient_name: &'a str,
    /// Of whoever resolved most.
    pub top_resolver: Option<&'a str>,
    pub week: &'a Week,
    pub summary: &'a Summary,
    /// Of the organization's issues, with a slash at its end.
    pub issues_url: &'a str,
    /// The page with all of it: the organization's issues of the week.
    pub dashboard_url: &'a str,
}

impl Written<'_> {
    /// The report in the words of a template; an empty one stands for ours.
    pub(super) fn letter(&self, template: &str) -> Result<Letter, TemplateError> {
        if template.trim().is_empty() {
            return Ok(self.stock());
        }
        let variables = self.variables();
        let (subject, body) = split_subject(template);
        let stock = self.subject();
        let subject = match subject {
            Some(subject) => Template::parse(subject)?.render(&variables, Form::Line)?,
            None => stock,
        };
        let body = Template::parse(body)?;
        let html = body.render(&variables, Form::Html)?;
        Ok(Letter {
            heading: String::new(),
            preview: String::new(),
            blocks: vec![Block::Written {
                text: body.render(&variables, Form::Text)?,
                html: html.replace('\n', "<br>\n"),
            }],
            subject,
        })
    }

    fn subject(&self) -> String {
        let Self {
            organization_name,
            week,
            ..
        } = self;
        format!("[Weekly Summary] {organization_name} - Week of {}", week.first_day)
    }

    fn issue_url(&self, issue: &TopIssue) -> String {
        format!("{}{}/", self.issues_url, issue.id)
    }

    pub(super) fn variables(&self) -> Value {
        let summary = self.summary;
        let mut values = Map::new();
        let mut set = |name: &str, value: Value| {
            values.insert(name.to_owned(), value);
        };
        set("week", json!(self.week.first_day));
        set("week_end", json!(self.week.last_day));
        set("organization_name", json!(self.organization_name));
        set("recipient_name", json!(self.recipient_name));
        set("new_issues_count", json!(summary.new_issues));
        set("critical_issues_count", json!(summary.critical_issues));
        set(
            "top_error",
            json!(summary.top_error.as_ref().map_or(NONE, |top| &top.title)),
        );
        set("resolved_issues_count", json!(summary.resolved_issues));
        set("top_resolver", json!(self.top_resolver.unwrap_or(NONE)));
        set("regressed_issues_count", json!(summary.regressed_issues));
        set("escalated_issues_count", json!(summary.escalated_issues));
        set("avg_error_rate", json!(percent(summary.failure_rate)));
        set("p95_response_time", json!(milliseconds(summary.p95)));
        set("total_events", json!(summary.total_events()));
        set("total_errors", json!(summary.errors));
        set("total_transactions", json!(summary.transactions));
        for place in 1..=super::numbers::MOST_TOP {
            let top = summary.top_issues.get(place - 1);
            set(
                &format!("issue_{place}_title"),
                json!(top.map_or(NONE, |top| &top.title)),
            );
            set(&format!("issue_{place}_count"), json!(top.map_or(0, |top| top.events)));
            let url = top.map_or_else(|| self.issues_url.to_owned(), |top| self.issue_url(top));
            set(&format!("issue_{place}_url"), json!(url));
        }
        set("open_high_priority", json!(summary.open_high_priority));
        set("unassigned_count", json!(summary.unassigned));
        set("dashboard_url", json!(self.dashboard_url));
        Value::Object(values)
    }

    fn stock(&self) -> Letter {
        let summary = self.summary;
        let Week {
            first_day, last_day, ..
        } = self.week;
        let mut blocks = vec![Block::text(format!(
            "Hello {},\nthis happened in the projects of your teams from {first_day} to {last_day}.",
            self.recipient_name
        ))];
        let mut section = |heading: &str, facts: Vec<(&str, String)>| {
            if let Some(facts) = Block::facts(facts) {
                blocks.push(Block::heading(heading));
                blocks.push(facts);
            }
        };
        let titled = |top: &TopIssue| format!("{} {} ({} events)", top.short_id, top.title, top.events);
        section(
            "New issues",
            vec![
                ("New", summary.new_issues.to_string()),
                ("Critical", summary.critical_issues.to_string()),
                ("Came back", summary.regressed_issues.to_string()),
                ("Escalated", summary.escalated_issues.to_string()),
                ("Top error", summary.top_error.as_ref().map(titled).unwrap_or_default()),
            ],
        );
        let resolver = summary.top_resolver.zip(self.top_resolver);
        section(
            "Resolved issues",
            vec![
                ("Resolved", summary.resolved_issues.to_string()),
                (
                    "Most by",
                    resolver
                        .map(|((_, number), name)| format!("{name} ({number})"))
                        .unwrap_or_default(),
                ),
            ],
        );
        let share = summary.failure_rate.map(|rate| format!("{}%", percent(Some(rate))));
        section(
            "Events and performance",
            vec![
                ("Events", summary.total_events().to_string()),
                ("Errors", summary.errors.to_string()),
                ("Transactions", summary.transactions.to_string()),
                ("Failed transactions", share.unwrap_or_default()),
                (
                    "95th percentile",
                    summary
                        .p95
                        .map(|p95| format!("{} ms", milliseconds(Some(p95))))
                        .unwrap_or_default(),
                ),
            ],
        );
        section(
            "To do",
            vec![
                ("Open issues of high priority", summary.open_high_priority.to_string()),
                ("Open issues without an assignee", summary.unassigned.to_string()),
            ],
        );
        if !summary.top_issues.is_empty() {
            blocks.push(Block::heading("Top issues"));
            let item = |top: &TopIssue| Item {
                title: format!("{} {}", top.short_id, top.title),
                url: self.issue_url(top),
                detail: format!("{} events", top.events),
            };
            blocks.push(Block::Items(summary.top_issues.iter().map(item).collect()));
        }
        if summary.top_projects.len() > 1 {
            blocks.push(Block::heading("Projects"));
            blocks.push(Block::Facts(projects(summary)));
        }
        blocks.push(Block::button("View all issues", self.dashboard_url));
        let subject = self.subject();
        Letter {
            preview: format!(
                "{} new issues, {} resolved, {} events",
                summary.new_issues,
                summary.resolved_issues,
                summary.total_events()
            ),
            heading: subject.clone(),
            subject,
            blocks,
        }
    }
}

/// The five busiest, and the others together.
fn projects(summary: &Summary) -> Vec<crate::mails::letter::Fact> {
    const MOST: usize = 5;
    let fact = |label: String, errors: i64, transactions: i64| crate::mails::letter::Fact {
        label,
        value: format!("{errors} errors, {transactions} transactions"),
    };
    let (first, rest) = summary.top_projects.split_at(summary.top_projects.len().min(MOST));
    let mut facts: Vec<_> = first
        .iter()
        .map(|(slug, errors, transactions)| fact(slug.clone(), *errors, *transactions))
        .collect();
    if !rest.is_empty() {
        let errors = rest.iter().map(|(_, errors, _)| errors).sum();
        let transactions = rest.iter().map(|(_, _, transactions)| transactions).sum();
        facts.push(fact(format!("{} others", rest.len()), errors, transactions));
    }
    facts
}

/// With two decimals, as `1.25`.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| NONE.to_owned(), |share| format!("{:.2}", share * 100.0))
}

/// Whole ones.
fn milliseconds(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.0}"))
}

#[cfg(test)]
mod tests {
    use model::UserId;

    use super::*;

    fn week() -> Week {
        Week::before("UTC", "2026-11-22T12:00:00Z".parse().unwrap())
    }

    fn summary() -> Summary {
        let top = |id, title: &str, events| TopIssue {
            id,
            short_id: format!("WEB-{id}"),
            title: title.to_owned(),
            events,
        };
        Summary {
            errors: 120,
            transactions: 80,
            new_issues: 4,
            critical_issues: 1,
            top_error: Some(top(2, "<TypeError> & more", 30)),
            resolved_issues: 3,
            top_resolver: Some((UserId(1), 2)),
            top_issues: vec![
                top(1, "KeyError", 70),
                top(2, "<TypeError> & more", 30),
                top(3, "OSError", 20),
            ],
            open_high_priority: 5,
            unassigned: 6,
            top_projects: vec![("web".to_owned(), 120, 80)],
            failure_rate: Some(0.0125),
            p95: Some(811.6),
            ..Summary::default()
        }
    }

    fn written<'a>(week: &'a Week, summary: &'a Summary) -> Written<'a> {
        Written {
            organization_name: "CitadelBuy",
            recipient_name: "Ann Lee",
            top_resolver: Some("Bo"),
            week,
            summary,
            issues_url: "https://tocsin.example/organizations/acme/issues/",
            dashboard_url: "https://tocsin.example/organizations/acme/issues/?start=x",
        }
    }

    /// In the manner of the guide that the product answers; its own text is rendered by the test below it.
    const TEMPLATE: &str = "Subject: [Weekly] Report of {{ week }}\n\nHello {{ recipient_name }},\n\n\
        - {{ new_issues_count }} new, {{ critical_issues_count }} critical, top: {{ top_error }}\n\
        - {{ resolved_issues_count }} resolved, most by {{ top_resolver }}\n\
        - {{ avg_error_rate }}%, {{ p95_response_time }}ms, {{ total_events }}\n\
        1. {{ issue_1_title }} ({{ issue_1_count }})\n2. {{ issue_2_title }} ({{ issue_2_count }})\n\
        - {{ open_high_priority }} high, {{ unassigned_count }} free\n{{ dashboard_url }}\n";

    #[test]
    fn eml5_a_template_of_ones_own_is_filled_in_and_safe() {
        let (week, summary) = (week(), summary());
        let letter = written(&week, &summary).letter(TEMPLATE).unwrap();
        assert_eq!(letter.subject, "[Weekly] Report of 2026-11-15");
        let [Block::Written { text, html }] = letter.blocks.as_slice() else {
            panic!("{letter:?}");
        };
        assert_eq!(
            text.trim_end(),
            "Hello Ann Lee,\n\n- 4 new, 1 critical, top: <TypeError> & more\n- 3 resolved, most by Bo\n\
             - 1.25%, 812ms, 200\n1. KeyError (70)\n2. <TypeError> & more (30)\n- 5 high, 6 free\n\
             https://tocsin.example/organizations/acme/issues/?start=x"
        );
        assert!(
            html.contains("&lt;TypeError&gt; &amp; more") && !html.contains("<TypeError>"),
            "{html}"
        );
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "where the guide lies is said to tests alone")]
    fn eml5_the_guides_weekly_summary_works_as_it_is_written() {
        let Ok(folder) = std::env::var("TOCSIN_GUIDE") else {
            return;
        };
        let files = std::fs::read_dir(folder).unwrap();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
        let guides: Vec<String> = texts
            .filter(|text| text.contains("**Weekly Summary Email Template:**"))
            .collect();
        assert!(!guides.is_empty(), "the guide is in the folder");
        for guide in guides {
            let (_, after) = guide.split_once("**Weekly Summary Email Template:**").unwrap();
            let template = after.split("```").nth(1).unwrap().trim_start();
            let (week, summary) = (week(), summary());
            let letter = written(&week, &summary).letter(template).unwrap();
            assert_eq!(
                letter.subject,
                "[Weekly Summary] CitadelBuy Sentry Report - Week of 2026-11-15"
            );
            let [Block::Written { text, .. }] = letter.blocks.as_slice() else {
                panic!("{letter:?}");
            };
            for line in [
                "Hello Ann Lee,",
                "• 4 new issues detected",
                "• 1 critical issues",
                "• Top error: <TypeError> & more",
                "• 3 issues resolved this week",
                "• Top resolver: Bo",
                "• Average error rate: 1.25%",
                "• P95 response time: 812ms",
                "• Total events: 200",
                "1. KeyError (70 events)",
                "2. <TypeError> & more (30 events)",
                "3. OSError (20 events)",
                "• 5 high priority issues need attention",
                "• 6 unassigned issues",
                "https://tocsin.example/organizations/acme/issues/?start=x",
            ] {
                assert!(text.lines().any(|found| found == line), "{line:?} in\n{text}");
            }
            assert!(!text.contains("{{"), "{text}");
        }
    }

    #[test]
    fn every_variable_that_is_documented_has_a_value_and_the_other_way_round() {
        let (week, summary) = (week(), summary());
        let values = written(&week, &summary).variables();
        let values = values.as_object().unwrap();
        let is_numbered = |name: &str| name.starts_with("issue_") && !name.starts_with("issue_1_");
        let documented = |name: &String| VARIABLES.iter().any(|(known, _)| known == name);
        assert!(VARIABLES.iter().all(|(name, _)| values.contains_key(*name)));
        assert!(
            values.keys().all(|name| documented(name) || is_numbered(name)),
            "{values:?}"
        );
    }

    #[test]
    fn a_week_without_transactions_has_no_made_up_numbers() {
        let (week, empty) = (week(), Summary::default());
        let letter = written(&week, &empty).letter("{{ avg_error_rate }} {{ p95_response_time }} {{ top_error }}");
        let Block::Written { text, .. } = &letter.unwrap().blocks[0] else {
            panic!("a template gives written text");
        };
        assert_eq!(text, "– – –");
        let stock = written(&week, &empty).stock();
        assert!(!format!("{stock:?}").contains("percentile"));
    }
}
