//! How long a person waits for a page, as the server's answer goes: no two requests in a row are for the same.

use std::time::Duration;

use serde_json::Value;

use super::{Scene, all};
use crate::bench::lines::Outcome;
use crate::bench::measure::percentile;
use crate::bench::reader::{Api, Browser, organization, query_string};
use crate::bench::server::{ORGANIZATION, Server};

pub(super) const LINES: [&str; 4] = ["page-issues", "page-search", "page-issue", "page-discover"];

pub(super) fn run(scene: Scene<'_>, server: &Server, outcome: &mut Outcome) -> Result<(), String> {
    if !scene.options.wants_any(&LINES) {
        return Ok(());
    }
    let mut browser = Browser::new(server)?;
    let issues = issue_ids(&mut Api::new(server))?;
    let count = scene.options.sizes().pages;
    let lines = LINES.iter().filter(|line| scene.options.wants(line));
    all(lines.map(|line| {
        let times = (0..count).map(|number| browser.load(&address(line, number, &issues)));
        let times = times.collect::<Result<Vec<Duration>, String>>()?;
        let times: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        outcome.add(line, percentile(&times, 95.0).ok_or("nothing was measured")?);
        Ok(())
    }))
}

fn address(line: &str, number: usize, issues: &[String]) -> String {
    match line {
        "page-issues" => issue_list(number),
        "page-search" => page(
            "issues/",
            &[("query", &format!("is:unresolved tenant:t{}", number % 300))],
        ),
        "page-issue" => page(&format!("issues/{}/", issues[number % issues.len()]), &[]),
        _ => discover(number),
    }
}

fn page(path: &str, query: &[(&str, &str)]) -> String {
    format!("/organizations/{ORGANIZATION}/{path}{}", query_string(query))
}

/// As people look at it: mostly as it comes, else sorted, of one environment, or of another time.
fn issue_list(number: usize) -> String {
    let query: &[(&str, &str)] = match number % 6 {
        0..3 => &[],
        3 => &[("sort", "freq")],
        4 => &[("environment", "staging")],
        _ => &[("sort", "new"), ("statsPeriod", "24h")],
    };
    page("issues/", query)
}

fn discover(number: usize) -> String {
    let query = format!("shard:{}", number % 64);
    page(
        "discover/",
        &[
            ("field", "transaction"),
            ("field", "count()"),
            ("field", "count_unique(user)"),
            ("sort", "-count"),
            ("query", &query),
            ("statsPeriod", "14d"),
        ],
    )
}

fn issue_ids(api: &mut Api) -> Result<Vec<String>, String> {
    let answer = api.get(&organization(
        "issues/",
        &[("query", "is:unresolved"), ("sort", "freq"), ("limit", "100")],
    ))?;
    let ids: Vec<String> = answer
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|issue| match &issue["id"] {
            Value::String(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    match ids.is_empty() {
        true => Err("the issue list is empty".to_owned()),
        false => Ok(ids),
    }
}
