//! Made-up counts: none, usual ones, and the worst.

use std::time::Duration;

use model::{OutcomeKind, ProjectId, Timestamp};
use store::projects::Project;

use super::{
    Category, page,
    page::{ProjectTally, StatsPage},
    reasons,
    story::{Answer, DroppedItem, Stored, Story, StoryBox},
    sums::{Dropped, Fate, Tally},
};
use crate::{
    chart::{Series, StackedChart},
    gallery::{self, HOSTILE, NOW, Sample, ago},
    scope::Scope,
    shell::Part,
};

fn project(id: i64, slug: &str) -> Project {
    Project {
        id: ProjectId(id),
        organization: model::OrganizationId(1),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        platform: None,
        created_at: Timestamp(0),
        first_event_at: None,
        delete_at: None,
    }
}

fn chart(scale: u64) -> StackedChart {
    let width = Duration::from_secs(6 * 3_600);
    let counts = |fate: Fate| {
        let share = [40, 9, 14, 1, 5][fate as usize];
        (0..56)
            .map(|slot: u64| scale * share * (slot * slot % 13 + 2) / 40)
            .collect()
    };
    let series = |fate: Fate| Series {
        label: fate.label(),
        class: fate.class(),
        counts: counts(fate),
    };
    let start = NOW.truncate(width) - width * 55;
    StackedChart {
        starts: (0..56).map(|slot| start + width * slot).collect(),
        width,
        series: Fate::ALL.map(series).into(),
        is_bytes: false,
    }
}

fn tally(counts: [u64; 5]) -> Tally {
    let mut tally = Tally::default();
    for (fate, count) in Fate::ALL.into_iter().zip(counts) {
        tally.add(fate, count);
    }
    tally
}

fn dropped(kind: OutcomeKind, reason: &str, category: &str, project: i64, count: u64) -> Dropped {
    Dropped {
        kind,
        reason: reason.to_owned(),
        category: Category::named(category).unwrap_or_else(Category::errors),
        project: ProjectId(project),
        count,
    }
}

fn typical_drops() -> Vec<Dropped> {
    use OutcomeKind::{ClientDiscard, Filtered, Invalid, RateLimited};
    vec![
        dropped(Filtered, "web-crawlers", "error", 2, 1_204),
        dropped(Filtered, "browser-extensions", "error", 2, 310),
        dropped(Filtered, "Sampled:1000", "transaction", 1, 18_224),
        dropped(RateLimited, "key_quota", "error", 1, 2_012),
        dropped(RateLimited, "key_quota", "error", 2, 40),
        dropped(Invalid, "too_large:event", "error", 1, 3),
        dropped(ClientDiscard, "sample_rate", "transaction", 1, 9_004),
        dropped(ClientDiscard, "network_error", "error", 2, 12),
        dropped(RateLimited, "project_quota", "attachment", 1, 18_200_000),
    ]
}

fn stats(drops: Vec<Dropped>, chart: StackedChart, story: StoryBox) -> StatsPage {
    let shell = gallery::scoped_shell(Part::Stats, "Stats", "/organizations/acme/stats/", Scope::default());
    let projects = [project(1, "shop"), project(2, "web")];
    let categories = ["error", "transaction", "attachment"];
    let is_empty = drops.is_empty();
    StatsPage {
        category: Category::errors(),
        categories: if is_empty {
            Vec::new()
        } else {
            let counts = [14_000, 1_514, 2_052, 3, 12];
            let named = categories.into_iter().filter_map(Category::named);
            named.map(|category| (category, tally(counts))).collect()
        },
        projects: if is_empty {
            Vec::new()
        } else {
            let row = |project: &Project| ProjectTally {
                slug: project.slug.clone(),
                link: shell.links.stats_of(project.id.0, "14d"),
                tally: tally([7_000, 700, 1_000, 2, 6]),
            };
            projects.iter().map(row).collect()
        },
        drops: page::drops(drops.into_iter(), &projects, &shell.links),
        drops_left_out: 0,
        all_drops: true,
        chart,
        story,
        shell,
    }
}

const EVENT: &str = "fc6d8c0c43fc4630ad850ee518f1b9d0";

fn asked(answer: Answer) -> StoryBox {
    StoryBox {
        id: EVENT.to_owned(),
        answer: Some(answer),
    }
}

fn item(reason: &str, project: &str) -> DroppedItem {
    let explanation = reasons::explain(OutcomeKind::Filtered, reason);
    DroppedItem {
        project: project.to_owned(),
        received_at: ago(340),
        category: "Errors",
        fate: Fate::Filtered,
        reason: reason.to_owned(),
        link: explanation.place.map(|place| {
            (
                "/organizations/acme/projects/web/settings/filters/".to_owned(),
                place.label(),
            )
        }),
        explanation,
    }
}

pub(super) fn stats_pages() -> Vec<Sample> {
    let stored = Stored {
        project: "shop".to_owned(),
        received_at: ago(95),
        kind: "error".to_owned(),
        link: format!("/organizations/acme/issues/7/events/{EVENT}/"),
        short_id: Some("SHOP-7".to_owned()),
    };
    let story = Story {
        stored: Some(stored),
        dropped: vec![item("web-crawlers", "web")],
    };
    let hostile = Story {
        stored: None,
        dropped: vec![item(HOSTILE, HOSTILE)],
    };
    let nasty = vec![dropped(OutcomeKind::Filtered, HOSTILE, "error", 1, u64::MAX)];
    let many = |number: u64| {
        dropped(
            OutcomeKind::Filtered,
            &format!("condition-{number}"),
            "error",
            1,
            number,
        )
    };
    let mut wrong = asked(Answer::NoId);
    wrong.id = HOSTILE.to_owned();
    vec![
        Sample::new(
            "stats-empty",
            &stats(Vec::new(), StackedChart::default(), StoryBox::default()),
        ),
        Sample::new(
            "stats-typical",
            &stats(typical_drops(), chart(37), asked(Answer::Found(story))),
        ),
        Sample::new(
            "stats-unknown-event",
            &stats(Vec::new(), chart(1), asked(Answer::Unknown)),
        ),
        Sample::new(
            "stats-hostile",
            &stats(nasty.clone(), chart(1 << 40), asked(Answer::Found(hostile))),
        ),
        Sample::new("stats-no-event-id", &stats(nasty, chart(1), wrong)),
        Sample::new(
            "stats-huge",
            &stats((1..100).map(many).collect(), chart(1), StoryBox::default()),
        ),
    ]
}
