//! What users wrote about events that they met (legacy feedback): sent by a token or a DSN, listed by project, issue and
//! organization.

mod sender;
mod view;

pub(crate) use sender::{Sender, find_key};
pub(crate) use view::UserReportView;

use axum::{Json, extract::State};
use httpkit::{
    ApiError, IssueAccess, OrganizationAccess, ProjectAccess,
    scopes::{EventRead, OrgRead, ProjectRead},
};
use model::EventId;
use services::{
    App,
    access::OrganizationScope,
    user_reports::{self, NewUserReport},
};
use store::user_reports::UserReport;

use crate::{
    body::Fields,
    issues,
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// `POST /api/0/projects/{organization}/{project}/user-feedback/`
pub(crate) async fn create(
    sender: Sender,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<UserReportView>, ApiError> {
    let event_id = fields.required_text("event_id").map(|text| text.parse());
    if matches!(event_id, Some(Err(_))) {
        fields.refuse("event_id", "Invalid event ID: expected 32 hex digits.");
    }
    let written = Written::read(&mut fields);
    fields.finish()?;
    let event_id = event_id.and_then(Result::ok).expect("a body without an id was refused");
    let report = written.save(&app, &sender, event_id).await?;
    Ok(Json(UserReportView::of(report, None)))
}

/// What a user wrote.
#[derive(Debug)]
pub(crate) struct Written {
    name: String,
    email: String,
    comments: String,
}

impl Written {
    /// Reads a body; what is wrong is noted.
    pub(crate) fn read(fields: &mut Fields) -> Self {
        let name = fields.required_text("name").unwrap_or_default();
        let email = fields.required_text("email").unwrap_or_default();
        let comments = fields.required_text("comments").unwrap_or_default();
        if !email.is_empty() && !is_email(&email) {
            fields.refuse("email", "Enter a valid email address.");
        }
        Self { name, email, comments }
    }

    pub(crate) async fn save(self, app: &App, sender: &Sender, event_id: EventId) -> Result<UserReport, ApiError> {
        sender.charge(app).await?;
        let new = NewUserReport {
            organization: sender.organization,
            project: sender.project,
            event_id,
            name: self.name,
            email: self.email,
            comments: self.comments,
            received_at: app.now(),
        };
        Ok(user_reports::create(app, &new).await?)
    }
}

/// Something with a name, an @ and a host.
fn is_email(text: &str) -> bool {
    let legal = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    text.rsplit_once('@')
        .is_some_and(|(name, host)| legal(name) && legal(host) && !host.starts_with('.') && !host.ends_with('.'))
}

/// `GET /api/0/projects/{organization}/{project}/user-feedback/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<UserReportView>, ApiError> {
    let found = user_reports::list_of_project(&app, &access.scope, page.by_id()).await?;
    let page = page.of_fetched(&app.url, found, place);
    render(&app, access.scope.whole(), page).await
}

/// `GET …/issues/{issue}/user-reports/`
pub(crate) async fn list_of_issue(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<UserReportView>, ApiError> {
    let found = user_reports::list_of_issue(&app, &access.issue, page.by_id()).await?;
    let page = page.of_fetched(&app.url, found, place);
    render(&app, &access.scope, page).await
}

/// `GET /api/0/organizations/{organization}/user-feedback/`, of all projects or of those that are named.
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<UserReportView>, ApiError> {
    let named = issues::named_projects(&app, &access.scope, &parameters).await?;
    let found = user_reports::list_of_organization(&app, &access.scope, &named, page.by_id()).await?;
    let page = page.of_fetched(&app.url, found, place);
    render(&app, &access.scope, page).await
}

fn place(report: &UserReport) -> (i64, u128) {
    (report.id.0, 0)
}

async fn render(
    app: &App,
    scope: &OrganizationScope,
    page: Page<UserReport>,
) -> Result<Page<UserReportView>, ApiError> {
    let (reports, page) = page.take();
    let ids: Vec<_> = reports.iter().filter_map(|report| report.issue).collect();
    let issues = issues::views_by_id(app, scope, &ids).await?;
    let view = |report: UserReport| {
        let issue = report.issue.and_then(|issue| issues.get(&issue).cloned());
        UserReportView::of(report, issue)
    };
    Ok(page.put(reports.into_iter().map(view).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_host() {
        for good in ["ada@example.com", "a@b", "x+y@mail.example", "\"a@b\"@c"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@",
            "ada@",
            "@example.com",
            "a da@example.com",
            "ada@ex ample",
            "ada@.com",
            "ada@a.",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
