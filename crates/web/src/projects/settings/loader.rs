//! The script that a page includes to get the SDK, and the dialog that asks a user what happened.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use model::KeyStatus;
use serde::Deserialize;
use services::{
    access::{AccessError, ProjectScope},
    project_keys::{self, KeyChange},
    sdk_loader::{LATEST, VERSIONS},
};
use store::project_keys::{ProjectKey, SdkLoader};

use super::Frame;
use crate::{
    form::Switch,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{Links, Section},
    visit::Visit,
};

/// Loader and dialog of one key.
#[derive(Debug, Template)]
#[template(path = "projects/settings/loader.html")]
pub(crate) struct LoaderPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// The active keys: public key and name.
    keys: Vec<(String, String)>,
    /// Absent when no key is active.
    chosen: Option<Chosen>,
}

#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) public_key: String,
    pub(crate) dsn: String,
    /// Of the server, without a slash at the end.
    pub(crate) server: String,
    pub(crate) options: SdkLoader,
}

/// `GET /organizations/{organization}/projects/{project}/settings/loader/`: of the key that `key` names, or the first.
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<LoaderPage>, ApiError> {
    let scope = &access.scope;
    let (shell, frame) = Frame::new(&visit, scope, Section::Loader).await?;
    let mut keys = project_keys::list(&visit.app, scope).await?;
    keys.retain(|key| key.status == KeyStatus::Active);
    let named = visit
        .field("key")
        .and_then(|name| keys.iter().find(|key| key.public_key == name));
    let chosen = named.or(keys.first()).map(|key| Chosen::new(&visit, scope, key));
    Ok(Page(LoaderPage {
        shell,
        frame,
        chosen,
        keys: keys.into_iter().map(|key| (key.public_key, key.label)).collect(),
    }))
}

impl Chosen {
    fn new(visit: &Visit, scope: &ProjectScope, key: &ProjectKey) -> Self {
        Self {
            public_key: key.public_key.clone(),
            dsn: visit.app.url.dsn(&key.public_key, scope.project.id),
            server: visit.app.url.as_str().trim_end_matches('/').to_owned(),
            options: key.sdk_loader.clone(),
        }
    }

    pub(crate) fn script(&self) -> String {
        format!(
            "<script src=\"{}/js-sdk-loader/{}.min.js\" crossorigin=\"anonymous\"></script>",
            self.server, self.public_key
        )
    }

    /// Opens the dialog from a page that has the SDK.
    pub(crate) fn dialog_of_sdk(&self) -> String {
        "Sentry.init({\n  beforeSend(event) {\n    if (event.exception && event.event_id) {\n      Sentry.showReportDialog({ eventId: event.event_id });\n    }\n    return event;\n  },\n});".to_owned()
    }

    /// For an error page that a server renders: it knows the id of the event.
    pub(crate) fn dialog_of_page(&self) -> String {
        format!(
            "<script src=\"{}/api/embed/error-page/?dsn={}&amp;eventId=EVENT_ID\" async></script>",
            self.server,
            percent_encoding::utf8_percent_encode(&self.dsn, percent_encoding::NON_ALPHANUMERIC)
        )
    }

    pub(crate) fn is_version(&self, version: &str) -> bool {
        match self.options.version.as_str() {
            "" => version == LATEST,
            own => own == version,
        }
    }

    pub(crate) fn switches(&self) -> [Switch; 5] {
        let options = &self.options;
        [
            Switch::new(
                "performance",
                "Tracing",
                "Pages and requests become transactions.",
                options.performance,
            ),
            Switch::new(
                "replay",
                "Session replay",
                "What users saw before an error.",
                options.replay,
            ),
            Switch::new(
                "feedback",
                "Feedback",
                "A button with which users write to you.",
                options.feedback,
            ),
            Switch::new(
                "logs_and_metrics",
                "Logs and metrics",
                "From version 10 on.",
                options.logs_and_metrics,
            ),
            Switch::new(
                "debug",
                "Debug bundle",
                "Says in the browser’s console what it does. Larger: not for everybody.",
                options.debug,
            ),
        ]
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoaderForm {
    key: String,
    version: String,
    performance: Option<String>,
    replay: Option<String>,
    feedback: Option<String>,
    logs_and_metrics: Option<String>,
    debug: Option<String>,
}

/// `POST /organizations/{organization}/projects/{project}/settings/loader/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<LoaderForm>,
) -> Result<Response, ApiError> {
    use axum::response::{IntoResponse as _, Redirect};
    let scope = access.scope;
    let key = project_keys::get(&visit.app, &scope, &form.key).await?;
    if key.status != KeyStatus::Active {
        return Err(AccessError::NotFound.into());
    }
    // A line that is not offered is the newest one, as the loader itself takes it.
    let is_offered = VERSIONS.iter().any(|(name, _)| *name == form.version);
    let change = KeyChange {
        sdk_loader: Some(SdkLoader {
            version: if is_offered { form.version } else { String::new() },
            replay: form.replay.is_some(),
            performance: form.performance.is_some(),
            debug: form.debug.is_some(),
            feedback: form.feedback.is_some(),
            logs_and_metrics: form.logs_and_metrics.is_some(),
        }),
        ..KeyChange::default()
    };
    project_keys::update(&visit.app, &scope, &key, &change).await?;
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let page = links.project_section_with(&scope.project.slug, Section::Loader, &[("key", &key.public_key)]);
    Ok((PendingNotice::of(Done::LoaderSaved), Redirect::to(&page)).into_response())
}

impl LoaderPage {
    fn key_link(&self, public_key: &str) -> String {
        let links = &self.shell.links;
        links.project_section_with(&self.frame.project, Section::Loader, &[("key", public_key)])
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let key = "0000000000000000000052f3c77ab91d";
        let page = |keys: Vec<(String, String)>, options: Option<SdkLoader>| {
            let (shell, frame) = Frame::sample(Section::Loader);
            Self {
                shell,
                frame,
                keys,
                chosen: options.map(|options| Chosen {
                    public_key: key.to_owned(),
                    dsn: format!("http://{key}@127.0.0.1:9000/1"),
                    server: "http://127.0.0.1:9000".to_owned(),
                    options,
                }),
            }
        };
        let named = |name: &str| (key.to_owned(), name.to_owned());
        let other = ("0000000000000000000000000000000f".to_owned(), "Mobile app".to_owned());
        let options = SdkLoader {
            version: "10.x".to_owned(),
            replay: true,
            ..SdkLoader::default()
        };
        let hostile = SdkLoader {
            version: gallery::HOSTILE.to_owned(),
            ..SdkLoader::default()
        };
        vec![
            Sample::new("loader-empty", &page(Vec::new(), None)),
            Sample::new("loader-typical", &page(vec![named("Default"), other], Some(options))),
            Sample::new(
                "loader-hostile",
                &page(vec![named(gallery::HOSTILE), named(gallery::HOSTILE)], Some(hostile)),
            ),
        ]
    }
}
