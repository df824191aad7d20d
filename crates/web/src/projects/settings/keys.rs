//! The keys of a project, and what can be done to each.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, PathParams, ProjectAccess,
    scopes::{ProjectAdmin, ProjectRead, ProjectWrite},
};
use model::{KeyStatus, ProjectId, Timestamp};
use serde::Deserialize;
use services::{
    App,
    access::ProjectScope,
    project_keys::{self, KeyChange},
};
use store::project_keys::{KeyRateLimit, ProjectKey};

use super::Frame;
use crate::{
    form::NoFields,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    number,
    page::Page,
    shell::Shell,
    time,
    urls::{Links, Section},
    visit::Visit,
};

/// All keys but the revoked ones.
#[derive(Debug, Template)]
#[template(path = "projects/settings/keys.html")]
pub(crate) struct KeysPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) keys: Vec<KeyRow>,
}

#[derive(Debug)]
pub(crate) struct KeyRow {
    /// Its id in addresses.
    pub(crate) public_key: String,
    pub(crate) label: String,
    pub(crate) dsn: String,
    pub(crate) status: KeyStatus,
    /// `1,000 errors in 1h`
    pub(crate) limit: Option<String>,
    pub(crate) created: Timestamp,
}

impl KeyRow {
    pub(super) fn new(app: &App, project: ProjectId, key: &ProjectKey) -> Self {
        Self {
            dsn: app.url.dsn(&key.public_key, project),
            public_key: key.public_key.clone(),
            label: key.label.clone(),
            status: key.status,
            limit: key.rate_limit.as_ref().map(limit_in_words),
            created: key.created_at,
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.status == KeyStatus::Active
    }

    pub(super) fn status_in_words(&self) -> &'static str {
        match self.status {
            KeyStatus::Active => "Active",
            KeyStatus::Disabled => "Disabled",
            KeyStatus::Revoked => "Revoked",
        }
    }

    pub(super) fn sample(id: i64, label: &str, status: KeyStatus) -> Self {
        Self {
            public_key: format!("{:032x}", id * 0x0005_2f3c_77ab_91d4),
            label: label.to_owned(),
            dsn: format!("http://{:032x}@127.0.0.1:9000/1", id * 0x0005_2f3c_77ab_91d4),
            status,
            limit: (id % 2 == 0).then(|| "1,000 errors in 1h".to_owned()),
            created: gallery::ago(id * 400_000),
        }
    }
}

fn limit_in_words(limit: &KeyRateLimit) -> String {
    let natural = |number: i64| u64::try_from(number).unwrap_or(0);
    let errors = number::of(natural(limit.count), "error");
    format!("{errors} in {}", time::span(natural(limit.window_seconds)))
}

/// `GET /organizations/{organization}/projects/{project}/settings/keys/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<KeysPage>, ApiError> {
    let (shell, frame) = Frame::new(&visit, &access.scope, Section::Keys).await?;
    let keys = project_keys::list(&visit.app, &access.scope).await?;
    let row = |key: &ProjectKey| KeyRow::new(&visit.app, access.scope.project.id, key);
    Ok(Page(KeysPage {
        shell,
        frame,
        keys: keys.iter().map(row).collect(),
    }))
}

impl KeysPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |keys| {
            let (shell, frame) = Frame::sample(Section::Keys);
            Self { shell, frame, keys }
        };
        let typical = vec![
            KeyRow::sample(1, "Default", KeyStatus::Active),
            KeyRow::sample(2, "Mobile app", KeyStatus::Disabled),
        ];
        let many = (0..60)
            .map(|id| KeyRow::sample(id, "Customer", KeyStatus::Active))
            .collect();
        let hostile = vec![KeyRow::sample(1, gallery::HOSTILE, KeyStatus::Active)];
        vec![
            Sample::new("keys-empty", &page(Vec::new())),
            Sample::new("keys-typical", &page(typical)),
            Sample::new("keys-hostile", &page(hostile)),
            Sample::new("keys-huge", &page(many)),
        ]
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewKey {
    #[serde(default)]
    label: String,
}

/// `POST /organizations/{organization}/projects/{project}/keys/new/`
pub(crate) async fn create(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<NewKey>,
) -> Result<Response, ApiError> {
    let access = access.scope;
    project_keys::create(&visit.app, &access, &form.label).await?;
    Ok(back(&visit, &access, Done::KeyCreated))
}

/// What can be done to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Rotate,
    Disable,
    Enable,
}

impl Verb {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "rotate" => Self::Rotate,
            "disable" => Self::Disable,
            "enable" => Self::Enable,
            _ => return None,
        })
    }
}

/// `POST /organizations/{organization}/projects/{project}/keys/{key}/{verb}/`
pub(crate) async fn change(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let verb = Verb::parse(path.get("verb")?).ok_or_else(ApiError::not_found)?;
    let access = access.scope;
    let key = project_keys::get(&visit.app, &access, path.get("key")?).await?;
    let active = |active| KeyChange {
        active: Some(active),
        ..KeyChange::default()
    };
    let done = match verb {
        Verb::Rotate => {
            project_keys::create(&visit.app, &access, &key.label).await?;
            Done::KeyRotated
        }
        Verb::Disable => {
            project_keys::update(&visit.app, &access, &key, &active(false)).await?;
            Done::KeyDisabled
        }
        Verb::Enable => {
            project_keys::update(&visit.app, &access, &key, &active(true)).await?;
            Done::KeyEnabled
        }
    };
    Ok(back(&visit, &access, done))
}

/// `POST /organizations/{organization}/projects/{project}/keys/{key}/revoke/`
pub(crate) async fn revoke(
    visit: Visit,
    access: ProjectAccess<ProjectAdmin>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let key = project_keys::get(&visit.app, &access.scope, path.get("key")?).await?;
    project_keys::revoke(&visit.app, &access.scope, &key).await?;
    Ok(back(&visit, &access.scope, Done::KeyRevoked))
}

fn back(visit: &Visit, access: &ProjectScope, done: Done) -> Response {
    let links = Links::new(&access.organization.slug, visit.scope().query());
    let page = links.project_section(&access.project.slug, Section::Keys);
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}
