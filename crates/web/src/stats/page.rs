use askama::Template;
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::{OutcomeKind, ProjectId};
use store::projects::Project;

use super::{
    Category,
    reasons::{self, Explanation},
    samples,
    story::{self, Answer, StoryBox},
    sums::{self, Dropped, Fate, Tally},
};
use crate::{
    chart::StackedChart,
    gallery::Sample,
    icon::Icon,
    issues::time_of,
    number::Count,
    page::Page,
    shell::{Part, Shell},
    urls::Links,
    visit::Visit,
};

/// How much came in, what was dropped and why, and what became of one event.
#[derive(Debug, Template)]
#[template(path = "stats/page.html")]
pub(crate) struct StatsPage {
    pub(crate) shell: Shell,
    pub(crate) category: &'static Category,
    pub(crate) categories: Vec<(&'static Category, Tally)>,
    pub(crate) chart: StackedChart,
    /// Of the category that is shown, the largest first.
    pub(crate) projects: Vec<ProjectTally>,
    pub(crate) drops: Vec<Drop>,
    pub(crate) drops_left_out: usize,
    /// Whether drops of all categories are listed.
    pub(crate) all_drops: bool,
    pub(crate) story: StoryBox,
}

#[derive(Debug)]
pub(crate) struct ProjectTally {
    pub(crate) slug: String,
    /// The same page of this project alone.
    pub(crate) link: String,
    pub(crate) tally: Tally,
}

/// What was dropped for one reason.
#[derive(Debug)]
pub(crate) struct Drop {
    pub(crate) fate: Fate,
    pub(crate) reason: String,
    pub(crate) explanation: Explanation,
    /// `1,204 errors, 3 transactions`
    pub(crate) quantities: String,
    /// The projects, and where each can change it.
    pub(crate) places: Vec<DropPlace>,
}

#[derive(Debug)]
pub(crate) struct DropPlace {
    pub(crate) project: String,
    pub(crate) count: String,
    pub(crate) link: Option<(String, &'static str)>,
}

/// Reasons that are listed, and projects of one.
const MAX_DROPS: usize = 100;
const MAX_PLACES: usize = 5;

/// `GET /organizations/{organization}/stats/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgRead>) -> Result<Page<StatsPage>, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let (shell, projects) = visit.scoped_shell(scope, Part::Stats, "Stats").await?;
    let category = category(&visit);
    let chosen: Vec<ProjectId> = visit.scope().projects.into_iter().map(ProjectId).collect();
    let (since, until) = time_of(&visit.scope(), app.now());
    let period = sums::period(since, until.unwrap_or(app.now()));
    let counts = sums::counts(app, scope, &chosen, category, period).await?;
    let chart = sums::chart(app, scope, &chosen, category, period).await?;
    let story = StoryBox::ask(app, scope, &projects, &shell.links, visit.field("event")).await?;
    let all_drops = visit.field("drops") == Some("all");
    let wanted = counts
        .dropped
        .into_iter()
        .filter(|one| all_drops || one.category == category);
    let mut drops = drops(wanted, &projects, &shell.links);
    let drops_left_out = drops.len().saturating_sub(MAX_DROPS);
    drops.truncate(MAX_DROPS);
    let mut tallies: Vec<ProjectTally> = projects
        .iter()
        .filter_map(|project| {
            let tally = *counts.by_project.get(&project.id)?;
            Some(ProjectTally {
                slug: project.slug.clone(),
                link: only(&visit, project, category),
                tally,
            })
        })
        .collect();
    tallies.sort_by_key(|project| std::cmp::Reverse(project.tally.total()));
    Ok(Page(StatsPage {
        shell,
        category,
        categories: counts.by_category,
        chart,
        projects: tallies,
        drops,
        drops_left_out,
        all_drops,
        story,
    }))
}

/// The category that the URL names; errors when it names none that is known.
pub(super) fn category(visit: &Visit) -> &'static Category {
    visit
        .field("category")
        .and_then(Category::named)
        .unwrap_or_else(Category::errors)
}

/// This page for one project, in the same time.
fn only(visit: &Visit, project: &Project, category: &Category) -> String {
    let scope = crate::scope::Scope {
        projects: vec![project.id.0],
        ..visit.scope()
    };
    let own = [("category", category.name.to_owned())]
        .into_iter()
        .chain(scope.pairs());
    format!("{}?{}", visit.path(), crate::urls::query(own))
}

/// Counts of one reason put together, the largest first.
pub(super) fn drops(dropped: impl Iterator<Item = Dropped>, projects: &[Project], links: &Links) -> Vec<Drop> {
    let mut by_reason: Vec<((OutcomeKind, String), Vec<Dropped>)> = Vec::new();
    for one in dropped {
        let key = (one.kind, one.reason.clone());
        match by_reason.iter_mut().find(|(known, _)| *known == key) {
            Some((_, all)) => all.push(one),
            None => by_reason.push((key, vec![one])),
        }
    }
    // Bytes weigh nothing here: a megabyte is no million drops.
    let pieces = |all: &[Dropped]| -> u64 {
        let counted = all.iter().filter(|one| !one.category.is_bytes);
        counted.fold(0, |sum, one| sum.saturating_add(one.count))
    };
    by_reason.sort_by_key(|(_, all)| std::cmp::Reverse(pieces(all)));
    by_reason
        .into_iter()
        .map(|((kind, reason), all)| {
            let explanation = reasons::explain(kind, &reason);
            Drop {
                fate: Fate::of(kind),
                quantities: quantities(&all),
                places: places(&all, &explanation, projects, links),
                explanation,
                reason,
            }
        })
        .collect()
}

fn quantities(all: &[Dropped]) -> String {
    let of = |category: &'static Category| {
        let of_it = all.iter().filter(|one| one.category == category);
        let count = of_it.fold(0_u64, |sum, one| sum.saturating_add(one.count));
        (count > 0).then(|| category.quantity(count))
    };
    Category::all().iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

fn places(all: &[Dropped], explanation: &Explanation, projects: &[Project], links: &Links) -> Vec<DropPlace> {
    let mut places: Vec<(&Project, Vec<&Dropped>)> = Vec::new();
    for one in all {
        let Some(project) = projects.iter().find(|project| project.id == one.project) else {
            continue;
        };
        match places.iter_mut().find(|(known, _)| known.id == project.id) {
            Some((_, drops)) => drops.push(one),
            None => places.push((project, vec![one])),
        }
    }
    places.sort_by_key(|(_, drops)| std::cmp::Reverse(drops.iter().map(|one| one.count).max()));
    places.truncate(MAX_PLACES);
    let place = |(project, drops): (&Project, Vec<&Dropped>)| DropPlace {
        count: quantities(&drops.into_iter().cloned().collect::<Vec<_>>()),
        link: explanation
            .place
            .map(|place| (story::place_link(links, &project.slug, place), place.label())),
        project: project.slug.clone(),
    };
    places.into_iter().map(place).collect()
}

impl StatsPage {
    fn category_link(&self, category: &Category) -> String {
        self.shell.links.stats_with(&self.pairs(category, self.all_drops))
    }

    fn drops_link(&self, all: bool) -> String {
        format!("{}#drops", self.shell.links.stats_with(&self.pairs(self.category, all)))
    }

    fn csv_link(&self) -> String {
        self.shell.links.stats_csv(&[])
    }

    fn pairs(&self, category: &Category, all_drops: bool) -> Vec<(&'static str, &'static str)> {
        let named = Category::named(category.name).filter(|named| *named != Category::errors());
        let all = [
            named.map(|named| ("category", named.name)),
            all_drops.then_some(("drops", "all")),
        ];
        all.into_iter().flatten().collect()
    }

    fn is_chosen(&self, category: &Category) -> bool {
        category == self.category
    }

    /// The fields that the box of one event leaves as they are.
    fn kept(&self) -> Vec<(String, String)> {
        let bar = self.shell.scope.as_ref();
        bar.map(|bar| bar.kept_but(&["event"])).unwrap_or_default()
    }

    /// The categories to choose from: those with counts, and the one that is chosen.
    fn choices(&self) -> Vec<&'static Category> {
        let is_wanted =
            |category: &&Category| *category == self.category || self.categories.iter().any(|(own, _)| own == category);
        Category::all().iter().filter(is_wanted).collect()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::stats_pages()
    }
}
