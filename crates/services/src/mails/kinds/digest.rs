//! Several things that were gathered.

use std::collections::BTreeMap;

use model::{IssueId, NotificationKind};
use store::{issues::Issue, notifications::Notification};

use super::super::{
    compose::Said,
    letter::{Block, Item, Letter},
    source::{Source, time_of},
};
use crate::{
    issues::ShortId,
    notifications::gathered::{self, Gathered},
};

/// Issues shown under one rule, and other things shown in all.
const SHOWN: usize = 50;

/// What one rule, or what happened without one, has to say: issues in the order in which they came, with how often.
#[derive(Debug, Default)]
struct Section<'a>(Vec<(&'a Issue, u64)>);

pub(in super::super) async fn say(source: &Source<'_>) -> Result<Option<Said>, store::Error> {
    let cause = &source.of.cause;
    let mut db = source.app.store.read().await?;
    let gathered = Gathered::load(&mut db, source.delivery, source.of).await?;
    drop(db);
    if gathered.is_empty() {
        return Ok(None);
    }
    let sections = sort(&gathered);
    let mut blocks = Vec::new();
    for (name, section) in &sections {
        blocks.push(Block::heading(name.clone()));
        blocks.push(Block::Items(items(source, section)));
        blocks.extend(and_more(section.0.len().saturating_sub(SHOWN) as u64, "issue"));
    }
    blocks.extend(others(source, &gathered));
    blocks.extend(and_more(gathered.more, "notification"));
    let count = gathered.count();
    let since = time_of(cause, "since").map_or_else(String::new, |at| format!(" since {}", date(at)));
    let noun = noun(&gathered, count);
    let first = sections.values().flat_map(|section| section.0.first()).next();
    let first = match first {
        Some((issue, _)) => ShortId::of(issue).to_string(),
        None => whole(source),
    };
    blocks.push(Block::button(
        "View issues on Tocsin",
        source.page("issues/?referrer=digest_email"),
    ));
    Ok(Some(Said::new(
        "digest_email",
        Letter {
            subject: format!("{first} - {count} {noun}{since}"),
            preview: String::new(),
            heading: format!("{count} {noun}{since}"),
            blocks,
        },
    )))
}

/// What all of it belongs to.
fn whole(source: &Source<'_>) -> String {
    let organization = source.organization.as_ref();
    match source.project_slug() {
        "" => organization.map_or_else(String::new, |organization| organization.name.clone()),
        slug => slug.to_owned(),
    }
}

fn noun(gathered: &Gathered, count: u64) -> String {
    let is_alert = |(one, _): &(Notification, Option<Issue>)| {
        matches!(
            one.kind,
            NotificationKind::IssueAlert | NotificationKind::Activity | NotificationKind::MetricAlert
        )
    };
    let noun = if gathered.found.iter().all(is_alert) {
        "new alert"
    } else {
        "notification"
    };
    plural(count, noun)
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

/// How many are not shown.
fn and_more(count: u64, noun: &str) -> Option<Block> {
    (count > 0).then(|| Block::text(format!("And {count} more {}.", plural(count, noun))))
}

/// The day and minute, in UTC.
fn date(at: model::Timestamp) -> String {
    let text = at.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ") + " UTC"
}

/// By rule, then by issue.
fn sort(gathered: &Gathered) -> BTreeMap<String, Section<'_>> {
    let mut sections: BTreeMap<String, Section<'_>> = BTreeMap::new();
    let mut places: BTreeMap<(String, IssueId), usize> = BTreeMap::new();
    for (one, issue) in &gathered.found {
        let Some(issue) = issue else { continue };
        let mut names = gathered::rules_of(one);
        if names.is_empty() {
            names.push("Activity".to_owned());
        }
        for name in names {
            let section = sections.entry(name.clone()).or_default();
            let place = *places.entry((name, issue.id)).or_insert(section.0.len());
            match section.0.get_mut(place) {
                Some((_, times)) => *times += 1,
                None => section.0.push((issue, 1)),
            }
        }
    }
    sections
}

fn items(source: &Source<'_>, section: &Section<'_>) -> Vec<Item> {
    let shown = section.0.iter().take(SHOWN);
    shown
        .map(|(issue, times)| {
            let short_id = ShortId::of(issue).to_string();
            Item {
                title: if source.is_private {
                    short_id
                } else {
                    format!("{short_id} {}", issue.title)
                },
                url: source.page(&format!("issues/{}/?referrer=digest_email", issue.id.0)),
                detail: format!(
                    "{times} {}; {} events and {} users in all",
                    plural(*times, "alert"),
                    issue.times_seen,
                    issue.users_seen
                ),
            }
        })
        .collect()
}

/// What is about no issue.
fn others(source: &Source<'_>, gathered: &Gathered) -> Vec<Block> {
    let slug = source
        .organization
        .as_ref()
        .map_or("", |organization| organization.slug.as_str());
    let others: Vec<&Notification> = gathered
        .found
        .iter()
        .filter(|(_, issue)| issue.is_none())
        .map(|(one, _)| one)
        .collect();
    if others.is_empty() {
        return Vec::new();
    }
    let shown = others.iter().take(SHOWN).map(|one| {
        let entry = gathered::entry(source.app, slug, (one, None), source.is_private);
        Item {
            title: entry.title,
            url: entry.url,
            detail: entry.text,
        }
    });
    let mut blocks = vec![Block::Items(shown.collect())];
    blocks.extend(and_more(others.len().saturating_sub(SHOWN) as u64, "notification"));
    blocks
}
