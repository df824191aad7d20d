//! What a rule would have done in the last days: a line under the builder, with what it is made of.

use askama::Template;
use model::Timestamp;
use services::alert_rules::{MOST_EVENTS, Preview};

use crate::{number, text, time::Ago, urls::Links};

/// Times that are told one by one.
const MOST_TOLD: usize = 20;

/// The part of the builder's page, which is also an answer of its own.
#[derive(Debug, Clone, Template)]
#[template(path = "alert_rules/preview.html")]
pub(super) struct PreviewPart {
    pub(super) links: Links,
    pub(super) now: Timestamp,
    pub(super) told: Told,
}

#[derive(Debug, Clone)]
pub(super) enum Told {
    /// Nobody has asked yet.
    Nothing,
    /// What stands in the form is no rule yet.
    Incomplete,
    Replayed(Replayed),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Replayed {
    /// `Would have fired 3 times, for 2 issues, in the last 7 days.`
    pub(super) line: String,
    /// What is to be known of the figure.
    pub(super) remark: String,
    pub(super) fired: Vec<FiredRow>,
    pub(super) left_out: usize,
    /// Why not, for how many events.
    pub(super) silences: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub(super) struct FiredRow {
    pub(super) issue: i64,
    pub(super) short_id: String,
    pub(super) title: String,
    pub(super) event: String,
    pub(super) at: Timestamp,
    pub(super) reasons: String,
}

impl PreviewPart {
    pub(super) fn nothing(links: &Links, now: Timestamp) -> Self {
        Self {
            links: links.clone(),
            now,
            told: Told::Nothing,
        }
    }

    fn ago(&self, at: &Timestamp) -> Ago {
        Ago { at: *at, now: self.now }
    }
}

impl Replayed {
    pub(super) fn of(preview: &Preview, now: Timestamp) -> Self {
        let since = if preview.is_cut {
            format!("since {}", crate::time::Absolute(preview.since))
        } else {
            "in the last 7 days".to_owned()
        };
        let line = match preview.times {
            0 => format!("Would not have fired {since}."),
            times => format!(
                "Would have fired {} {since}, for {}.",
                number::of(times as u64, "time"),
                number::of(preview.issues as u64, "issue")
            ),
        };
        let mut remark = match preview.events {
            0 => "No event came in that time.".to_owned(),
            events => format!("Tried on {}.", number::of(events as u64, "event")),
        };
        if preview.is_cut {
            remark.push_str(&format!(
                " There were more: only the newest {} are looked at.",
                number::grouped(MOST_EVENTS as u64)
            ));
        }
        if preview.lacks_sessions {
            remark.push_str(" Shares of sessions cannot be told of the past.");
        }
        let told = preview.fired.iter().filter(|fired| fired.at <= now).take(MOST_TOLD);
        let fired: Vec<FiredRow> = told
            .map(|fired| FiredRow {
                issue: fired.issue.0,
                short_id: fired.short_id.clone(),
                title: text::line(&fired.title, 120),
                event: fired.event.to_string(),
                at: fired.at,
                reasons: fired.reasons.join("; "),
            })
            .collect();
        let silence =
            |(reason, events): &(String, usize)| (text::line(reason, 200), number::of(*events as u64, "event"));
        Self {
            line,
            remark,
            left_out: preview.times - fired.len().min(preview.times),
            fired,
            silences: preview.silences.iter().take(5).map(silence).collect(),
        }
    }
}

impl Replayed {
    pub(super) fn sample() -> Self {
        use crate::gallery;
        let row = |number: i64, title: &str| FiredRow {
            issue: number,
            short_id: format!("SHOP-{number}"),
            title: text::line(title, 120),
            event: "fc6d8c0c43fc4630ad850ee518f1b9d0".to_owned(),
            at: gallery::ago(number * 7_200),
            reasons: "the issue was seen at least 20 times in 5 minutes: 20".to_owned(),
        };
        Self {
            line: "Would have fired 3 times in the last 7 days, for 2 issues.".to_owned(),
            remark: "Tried on 1,204 events.".to_owned(),
            fired: vec![
                row(4, "PaymentError: could not charge card"),
                row(9, "TimeoutError: upstream"),
                row(12, gallery::HOSTILE),
            ],
            left_out: 0,
            silences: vec![
                ("no condition held".to_owned(), "1,100 events".to_owned()),
                (
                    "fired for the issue within the last 5 minutes".to_owned(),
                    "101 events".to_owned(),
                ),
            ],
        }
    }
}
