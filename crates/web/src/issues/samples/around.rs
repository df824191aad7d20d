//! What stands around issues: views, shares, hashes, relatives, and the question before many are changed.

use model::Level;

use super::head;
use crate::{
    gallery::{self, HOSTILE, Sample, ago},
    issues::{
        actions::ConfirmPage,
        merged::{HashRow, MergedPage},
        share::SharePage,
        similar::{SimilarPage, SimilarRow},
        views::{ViewRow, ViewsPage},
    },
    shell::Part,
};

pub(in crate::issues) fn view_lists() -> Vec<Sample> {
    let row = |id: i64, name: &str, query: &str| ViewRow {
        id,
        name: name.to_owned(),
        query: query.to_owned(),
        owner: "grace@example.com".to_owned(),
        is_own: id == 1,
        may_change: id != 2,
        is_shared: id != 1,
        is_starred: id == 1,
        goes_left: false,
        goes_right: id == 1,
        stars: id.unsigned_abs() * 600,
        used: (id != 2).then(|| ago(id * 4_000)),
    };
    let page = |views: Vec<ViewRow>, is_cut| ViewsPage {
        shell: gallery::shell(Part::Issues, "Views", "/organizations/acme/issues/views/"),
        views,
        is_cut,
    };
    let typical = vec![
        row(1, "Checkout", "is:unresolved shop.cart"),
        row(2, "Slow imports", "is:unresolved level:warning importer"),
        row(3, "Everything", ""),
    ];
    let huge = (1..=100).map(|id| row(id, &"name ".repeat(25), &"word ".repeat(40)));
    vec![
        Sample::new("views-empty", &page(Vec::new(), false)),
        Sample::new("views-typical", &page(typical, false)),
        Sample::new("views-hostile", &page(vec![row(1, HOSTILE, HOSTILE)], false)),
        Sample::new("views-huge", &page(huge.collect(), true)),
    ]
}

pub(in crate::issues) fn shares() -> Vec<Sample> {
    let page = |kind: &str, value: &str, trace: &str| SharePage {
        shell: crate::shell::Shell {
            title: format!("SHOP-7: {kind}"),
            now: gallery::NOW,
            ..crate::shell::Shell::default()
        },
        short_id: "SHOP-7".to_owned(),
        organization: "Acme".to_owned(),
        project: "shop".to_owned(),
        level: Level::Error,
        kind: kind.to_owned(),
        value: value.to_owned(),
        culprit: "shop/cart.py in charge".to_owned(),
        events: 1_243,
        first_seen: ago(3 * 86_400),
        last_seen: ago(95),
        trace: trace.to_owned(),
    };
    let trace = "Traceback (most recent call last):\n  File \"shop/cart.py\", line 12, in charge\nZeroDivisionError: division by zero";
    vec![
        Sample::new("share-empty", &page("Nightly import has finished", "", "")),
        Sample::new("share-typical", &page("ZeroDivisionError", "division by zero", trace)),
        Sample::new("share-hostile", &page(HOSTILE, HOSTILE, HOSTILE)),
        Sample::new(
            "share-huge",
            &page("E", &"word ".repeat(1_600), &"line\n".repeat(20_000)),
        ),
    ]
}

pub(in crate::issues) fn merged() -> Vec<Sample> {
    let row = |index: usize| HashRow {
        hash: format!("{index:032x}"),
        events: 1_200 / index as u64,
        first_seen: Some(ago(90_000)),
        last_seen: Some(ago(60 * index as i64)),
    };
    let page = |count: usize, is_cut| MergedPage {
        shell: gallery::shell(
            Part::Issues,
            "Merged hashes of SHOP-7",
            "/organizations/acme/issues/7/merged/",
        ),
        issue: head(Level::Error, "ZeroDivisionError", "division by zero"),
        hashes: (1..=count).map(row).collect(),
        is_cut,
    };
    let mut hostile = page(2, false);
    hostile.issue = head(Level::Error, HOSTILE, HOSTILE);
    vec![
        Sample::new("merged-empty", &page(1, false)),
        Sample::new("merged-typical", &page(3, false)),
        Sample::new("merged-hostile", &hostile),
        Sample::new("merged-huge", &page(400, true)),
    ]
}

pub(in crate::issues) fn similar() -> Vec<Sample> {
    let row = |id: i64, kind: &str, value: &str| SimilarRow {
        id,
        short_id: format!("SHOP-{id:X}"),
        kind: kind.to_owned(),
        value: value.to_owned(),
        culprit: value.to_owned(),
        events: id.unsigned_abs() * 700,
        last_seen: ago(id * 700),
        stack: (id != 3).then_some(92),
        message: Some(40),
    };
    let page = |similar: Vec<SimilarRow>| SimilarPage {
        shell: gallery::shell(
            Part::Issues,
            "Issues similar to SHOP-7",
            "/organizations/acme/issues/7/similar/",
        ),
        issue: head(Level::Error, "ZeroDivisionError", "division by zero"),
        similar,
    };
    let typical = vec![
        row(2, "ZeroDivisionError", "float division by zero"),
        row(3, "ValueError", "division by nothing"),
    ];
    let long = "word ".repeat(40);
    vec![
        Sample::new("similar-empty", &page(Vec::new())),
        Sample::new("similar-typical", &page(typical)),
        Sample::new("similar-hostile", &page(vec![row(2, HOSTILE, HOSTILE)])),
        Sample::new(
            "similar-huge",
            &page((1..=30).map(|id| row(id, &long, &long)).collect()),
        ),
    ]
}

pub(in crate::issues) fn confirmations() -> Vec<Sample> {
    let page = |what: &str, query: &str, is_cut| ConfirmPage {
        shell: gallery::shell(Part::Issues, "Change issues", "/organizations/acme/issues/bulk/"),
        what: what.to_owned(),
        query: query.to_owned(),
        is_cut,
        fields: vec![("status", "resolved".to_owned()), ("release", query.to_owned())],
        back: "/organizations/acme/issues/?query=level%3Awarning".to_owned(),
    };
    vec![
        Sample::new("confirm-empty", &page("Resolve 1 issue", "", false)),
        Sample::new(
            "confirm-typical",
            &page("Resolve 214 issues", "is:unresolved level:warning", false),
        ),
        Sample::new("confirm-hostile", &page("Archive 2 issues", HOSTILE, false)),
        Sample::new(
            "confirm-huge",
            &page("Archive 10,000 issues", &"word ".repeat(200), true),
        ),
    ]
}
