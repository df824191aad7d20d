use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use httpkit::{ApiError, ErrorKind, PathParams, ProjectAccess, scopes::ProjectWrite};
use model::{DataCategory, KeyStatus, OrganizationId, ProjectId};
use protocol::Dsn;
use quota::Decision;
use services::{
    App, access, project_config,
    project_keys::{self, KeyOwner},
    quotas::Quotas,
};

/// Who sends a report: somebody with the right to the project, or whoever has a DSN of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender {
    pub(super) organization: OrganizationId,
    pub(super) project: ProjectId,
    /// Of whoever has a DSN: anybody, which is why the project's quotas hold.
    key: Option<KeyOwner>,
}

impl Sender {
    pub(crate) fn of(key: KeyOwner) -> Self {
        Self {
            organization: key.organization,
            project: key.project,
            key: Some(key),
        }
    }

    /// Counts a report against the quotas of the key and its project, unless one of them is used up.
    pub(super) async fn charge(&self, app: &App) -> Result<(), ApiError> {
        let Some(key) = &self.key else { return Ok(()) };
        let config = project_config::get(app, key.organization, key.project).await?;
        let config = config.ok_or_else(ApiError::not_found)?;
        let report = [(DataCategory::Feedback, 1)];
        match Quotas::of(app, key, &config).check(app, &report, app.now()) {
            Decision::Allowed => Ok(()),
            Decision::Limited(_) => Err(ApiError::new(
                ErrorKind::TooManyRequests,
                "The project takes no more reports for now.",
            )),
        }
    }
}

impl FromRequestParts<App> for Sender {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let authorization = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let dsn = authorization
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("dsn"));
        let Some((_, dsn)) = dsn else {
            let access = ProjectAccess::<ProjectWrite>::from_request_parts(parts, app).await?;
            return Ok(Self {
                organization: access.scope.organization.id,
                project: access.scope.project.id,
                key: None,
            });
        };
        let key = find_key(app, dsn).await?.ok_or_else(ApiError::unauthenticated)?;
        let path = PathParams::from_request_parts(parts, app).await?;
        access::project_of_key(app, &key, path.get("organization")?, path.get("project")?).await?;
        Ok(Self::of(key))
    }
}

/// Whose key a DSN holds, if it takes data and belongs to the project that the DSN names.
pub(crate) async fn find_key(app: &App, dsn: &str) -> Result<Option<KeyOwner>, ApiError> {
    let Ok(dsn) = dsn.parse::<Dsn>() else {
        return Ok(None);
    };
    let owner = project_keys::find_owner(app, &dsn.public_key.to_string()).await?;
    Ok(owner.filter(|owner| owner.status == KeyStatus::Active && owner.project == dsn.project_id))
}
