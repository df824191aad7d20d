use askama::Template;
use axum::response::{IntoResponse as _, Response};
use httpkit::{ApiError, ProjectAccess, scopes::ProjectRead};
use model::KeyStatus;
use services::{App, access::ProjectScope, events::EventSearch, issues::ShortId};
use store::events::{EventPage, EventsOf, PageStart};

use super::{
    sdk::Sdk,
    snippets::{self, Snippet},
};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    urls::Links,
    visit::Visit,
};

/// The page that connects an SDK to a project, and turns by itself when the first event arrives.
#[derive(Debug, Template)]
#[template(path = "projects/getting_started.html")]
pub(crate) struct GettingStartedPage {
    pub(crate) shell: Shell,
    pub(crate) project: String,
    /// Absent when every key is disabled or revoked.
    pub(crate) dsn: Option<String>,
    pub(crate) sdk: Sdk,
    pub(crate) first_event: FirstEvent,
}

/// The part of the page that is asked for again and again while nothing has arrived.
#[derive(Debug, Template)]
#[template(path = "projects/first_event.html")]
pub(crate) struct FirstEvent {
    /// Where this part is found.
    pub(crate) address: String,
    pub(crate) issue: Option<FirstIssue>,
}

#[derive(Debug)]
pub(crate) struct FirstIssue {
    pub(crate) url: String,
    pub(crate) title: String,
}

/// `GET /organizations/{organization}/projects/{project}/getting-started/`
pub(crate) async fn show(
    visit: Visit,
    access: ProjectAccess<ProjectRead>,
) -> Result<Page<GettingStartedPage>, ApiError> {
    let ProjectScope {
        organization, project, ..
    } = &access.scope;
    let title = format!("Connect {}", project.slug);
    let shell = visit.shell_of(organization, Part::Projects, &title).await?;
    let keys = services::project_keys::list(&visit.app, &access.scope).await?;
    let key = keys.iter().find(|key| key.status == KeyStatus::Active);
    let chosen = visit.field("sdk").or(project.platform.as_deref()).unwrap_or_default();
    Ok(Page(GettingStartedPage {
        project: project.slug.clone(),
        dsn: key.map(|key| visit.app.url.dsn(&key.public_key, project.id)),
        sdk: Sdk::of_platform(chosen).unwrap_or(Sdk::Python),
        first_event: first_event(&visit.app, &access.scope, &shell.links).await?,
        shell,
    }))
}

/// `GET …/getting-started/first-event/`: the part that waits.
pub(crate) async fn poll(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Response, ApiError> {
    let links = Links::new(&access.scope.organization.slug, String::new());
    Ok(Page(first_event(&visit.app, &access.scope, &links).await?).into_response())
}

async fn first_event(app: &App, access: &ProjectScope, links: &Links) -> Result<FirstEvent, ApiError> {
    let address = links.first_event(&access.project.slug);
    if access.project.first_event_at.is_none() {
        return Ok(FirstEvent { address, issue: None });
    }
    let page = EventPage {
        start: PageStart::Newest,
        limit: 1,
    };
    let events = EventSearch::all(EventsOf::Project(access.project.id));
    let newest = services::events::list(app, events, page).await?;
    let issue = match newest.first() {
        Some(event) => services::issues::find_all(app, access.whole(), event.issue.as_slice())
            .await?
            .into_iter()
            .next(),
        None => None,
    };
    // An issue that was deleted meanwhile still was the first one.
    let issue = issue.map_or_else(
        || FirstIssue {
            url: links.issues_of(access.project.id.0),
            title: "See the issues".to_owned(),
        },
        |issue| FirstIssue {
            url: links.issue(issue.id.0),
            title: format!("{} {}", ShortId::of(&issue), issue.title),
        },
    );
    Ok(FirstEvent {
        address,
        issue: Some(issue),
    })
}

impl GettingStartedPage {
    fn snippet(&self) -> Option<Snippet> {
        self.dsn.as_deref().map(|dsn| snippets::snippet(self.sdk, dsn))
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |sdk, dsn: Option<&str>, title: Option<&str>| Self {
            shell: gallery::shell(
                Part::Projects,
                "Set up shop",
                "/organizations/acme/projects/shop/getting-started/",
            ),
            project: "shop".to_owned(),
            dsn: dsn.map(str::to_owned),
            sdk,
            first_event: FirstEvent {
                address: "/organizations/acme/projects/shop/getting-started/first-event/".to_owned(),
                issue: title.map(|title| FirstIssue {
                    url: "/organizations/acme/issues/7/".to_owned(),
                    title: title.to_owned(),
                }),
            },
        };
        let dsn = Some("http://fc6d8c0c43fc4630ad850ee518f1b9d0@127.0.0.1:9000/1");
        vec![
            Sample::new("getting-started-waiting", &page(Sdk::Python, dsn, None)),
            Sample::new(
                "getting-started-arrived",
                &page(Sdk::Go, dsn, Some("ZeroDivisionError: division by zero")),
            ),
            Sample::new(
                "getting-started-hostile",
                &page(Sdk::React, dsn, Some(gallery::HOSTILE)),
            ),
            Sample::new("getting-started-no-key", &page(Sdk::Python, None, None)),
        ]
    }
}
