use std::time::Duration;

use askama::Template;
use httpkit::{ApiError, OrganizationAccess, scopes::ProjectRead};
use model::{ProjectId, Timestamp};
use query::IssueContext;
use services::{App, access::OrganizationScope, issues::IssueSearch};
use store::projects::Project;

use crate::{
    chart::Sparkline,
    gallery::{self, Sample},
    icon::Icon,
    issues::list::DEFAULT_QUERY,
    number::Count,
    page::Page,
    shell::{Part, Shell},
    visit::Visit,
};

/// All projects of the organization.
#[derive(Debug, Template)]
#[template(path = "projects/list.html")]
pub(crate) struct ProjectListPage {
    pub(crate) shell: Shell,
    pub(crate) projects: Vec<ProjectRow>,
    pub(crate) may_create: bool,
    /// Where the pages before and after are, when there is more than one.
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ProjectRow {
    pub(crate) id: i64,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) platform: String,
    pub(crate) events: u64,
    pub(crate) trend: Sparkline,
    pub(crate) unresolved: u64,
    pub(crate) first_event: Option<Timestamp>,
}

/// Each row asks the store for numbers, so a page is not too long.
const ROWS: usize = 50;
const TREND_HOURS: usize = 24;

/// `GET /organizations/{organization}/projects/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<ProjectRead>,
) -> Result<Page<ProjectListPage>, ApiError> {
    let shell = visit
        .shell_of(&access.scope.organization, Part::Projects, "Projects")
        .await?;
    let all = services::projects::list(&visit.app, &access.scope).await?;
    let pages = all.len().div_ceil(ROWS).max(1);
    let page = visit
        .field("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1)
        .clamp(1, pages);
    let mut projects = Vec::new();
    for project in all.iter().skip((page - 1) * ROWS).take(ROWS) {
        projects.push(row(&visit.app, &access.scope, project).await?);
    }
    let link = |page: usize| shell.links.projects_page(page);
    let (previous, next) = (
        (page > 1).then(|| link(page - 1)),
        (page < pages).then(|| link(page + 1)),
    );
    let may_create = services::projects::may_create(&access.scope);
    Ok(Page(ProjectListPage {
        shell,
        projects,
        may_create,
        previous,
        next,
    }))
}

async fn row(app: &App, access: &OrganizationScope, project: &Project) -> Result<ProjectRow, ApiError> {
    let counts = services::projects::event_counts(app, project, Duration::from_secs(3_600), TREND_HOURS).await?;
    let counts: Vec<u64> = counts
        .into_iter()
        .map(|count| u64::try_from(count).unwrap_or(0))
        .collect();
    let unresolved = IssueSearch {
        projects: vec![project.id],
        environments: Vec::new(),
        since: None,
        until: None,
        query: query::parse_issues(DEFAULT_QUERY, &IssueContext { now: app.now() })?,
    };
    let unresolved = services::issues::count(app, access, &unresolved).await?;
    let ProjectId(id) = project.id;
    Ok(ProjectRow {
        id,
        slug: project.slug.clone(),
        name: project.name.clone(),
        platform: project.platform.clone().unwrap_or_default(),
        events: counts.iter().sum(),
        trend: Sparkline {
            counts,
            over: "24 hours",
        },
        unresolved: u64::try_from(unresolved).unwrap_or(0),
        first_event: project.first_event_at,
    })
}

impl ProjectListPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |projects| Self {
            shell: gallery::shell(Part::Projects, "Projects", "/organizations/acme/projects/"),
            projects,
            may_create: true,
            previous: None,
            next: None,
        };
        let row = |id: i64, slug: &str, platform: &str, events: u64| ProjectRow {
            id,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            platform: platform.to_owned(),
            events,
            trend: Sparkline {
                counts: (0..24).map(|hour| events * (hour * 7 % 11) / 60).collect(),
                over: "24 hours",
            },
            unresolved: events / 40,
            first_event: (events > 0).then(|| gallery::ago(id * 4_000_000)),
        };
        let typical = vec![
            row(1, "shop", "python-django", 18_214),
            row(2, "web", "javascript-react", 903),
            row(3, "billing-worker", "go", 0),
        ];
        let hostile = ProjectRow {
            name: gallery::HOSTILE.to_owned(),
            platform: gallery::HOSTILE.to_owned(),
            ..row(4, "x", "x", 9_999_999_999)
        };
        let many = (0..50)
            .map(|number| row(number, &format!("service-{number}"), "java", number as u64 * 991))
            .collect();
        vec![
            Sample::new("projects-empty", &page(Vec::new())),
            Sample::new("projects-typical", &page(typical)),
            Sample::new("projects-hostile", &page(vec![hostile])),
            Sample::new("projects-huge", &page(many)),
        ]
    }
}
