use askama::Template;
use model::Timestamp;

use crate::{
    chart::Sparkline,
    gallery::{self, Sample},
    icon::Icon,
    number::Count,
    shell::{Part, Shell},
    time::Ago,
};

/// All projects of the organization.
#[derive(Debug, Template)]
#[template(path = "projects/list.html")]
pub(crate) struct ProjectListPage {
    pub(crate) shell: Shell,
    pub(crate) projects: Vec<ProjectRow>,
    pub(crate) may_create: bool,
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

impl ProjectListPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |projects| Self {
            shell: gallery::scoped_shell(Part::Projects, "Projects", "/organizations/acme/projects/", Default::default()),
            projects,
            may_create: true,
        };
        let row = |id: i64, slug: &str, platform: &str, events: u64| ProjectRow {
            id,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            platform: platform.to_owned(),
            events,
            trend: Sparkline { counts: (0..24).map(|hour| events * (hour * 7 % 11) / 60).collect(), over: "14 days" },
            unresolved: events / 40,
            first_event: (events > 0).then(|| gallery::ago(id * 4_000_000)),
        };
        let typical = vec![row(1, "shop", "python-django", 18_214), row(2, "web", "javascript-react", 903), row(3, "billing-worker", "go", 0)];
        let hostile = ProjectRow { name: gallery::HOSTILE.to_owned(), platform: gallery::HOSTILE.to_owned(), ..row(4, "x", "x", 9_999_999_999) };
        let many = (0..200).map(|number| row(number, &format!("service-{number}"), "java", number as u64 * 991)).collect();
        vec![
            Sample::new("projects-empty", &page(Vec::new())),
            Sample::new("projects-typical", &page(typical)),
            Sample::new("projects-hostile", &page(vec![hostile])),
            Sample::new("projects-huge", &page(many)),
        ]
    }
}
