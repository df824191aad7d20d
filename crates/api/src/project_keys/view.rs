use model::{KeyStatus, Timestamp};
use serde::Serialize;
use services::{PublicUrl, sdk_loader};
use store::project_keys::{ProjectKey, SdkLoader};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyView {
    id: String,
    name: String,
    label: String,
    public: String,
    secret: String,
    /// A number, unlike all other ids.
    project_id: i64,
    is_active: bool,
    rate_limit: Option<RateLimitView>,
    dsn: DsnView,
    browser_sdk_version: String,
    browser_sdk: BrowserSdkView,
    date_created: Timestamp,
    dynamic_sdk_loader_options: LoaderOptions,
    use_case: &'static str,
}

/// The addresses that take data with this key, by kind.
#[derive(Debug, Serialize)]
struct DsnView {
    secret: String,
    public: String,
    csp: String,
    security: String,
    minidump: String,
    playstation: String,
    integration: String,
    otlp_traces: String,
    otlp_logs: String,
    nel: String,
    unreal: String,
    crons: String,
    cdn: String,
}

#[derive(Debug, Serialize)]
struct RateLimitView {
    /// In seconds.
    window: i64,
    count: i64,
}

/// The versions to choose from: value and name.
#[derive(Debug, Serialize)]
struct BrowserSdkView {
    choices: Vec<[&'static str; 2]>,
}

impl BrowserSdkView {
    fn all() -> Self {
        let lines = sdk_loader::VERSIONS.iter().map(|(line, _)| *line);
        Self {
            choices: [sdk_loader::LATEST]
                .into_iter()
                .chain(lines)
                .map(|name| [name, name])
                .collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LoaderOptions {
    has_replay: bool,
    has_performance: bool,
    has_debug: bool,
    has_feedback: bool,
    has_logs_and_metrics: bool,
}

impl LoaderOptions {
    fn of(loader: &SdkLoader) -> Self {
        Self {
            has_replay: loader.replay,
            has_performance: loader.performance,
            has_debug: loader.debug,
            has_feedback: loader.feedback,
            has_logs_and_metrics: loader.logs_and_metrics,
        }
    }
}

impl KeyView {
    pub(super) fn of(key: &ProjectKey, url: &PublicUrl) -> Self {
        Self {
            id: key.public_key.clone(),
            name: key.label.clone(),
            label: key.label.clone(),
            public: key.public_key.clone(),
            secret: key.secret_key.clone(),
            project_id: key.project.0,
            is_active: key.status == KeyStatus::Active,
            rate_limit: key.rate_limit.map(|limit| RateLimitView {
                window: limit.window_seconds,
                count: limit.count,
            }),
            dsn: DsnView::of(key, url),
            browser_sdk_version: Some(key.sdk_loader.version.clone())
                .filter(|version| !version.is_empty())
                .unwrap_or_else(|| sdk_loader::LATEST.to_owned()),
            browser_sdk: BrowserSdkView::all(),
            date_created: key.created_at,
            dynamic_sdk_loader_options: LoaderOptions::of(&key.sdk_loader),
            use_case: "user",
        }
    }
}

impl DsnView {
    fn of(key: &ProjectKey, url: &PublicUrl) -> Self {
        let (public_key, project) = (&key.public_key, key.project);
        let endpoint = |path: &str| url.join(&format!("/api/{project}/{path}"));
        Self {
            secret: url.dsn_with_secret(public_key, &key.secret_key, project),
            public: url.dsn(public_key, project),
            csp: endpoint(&format!("csp-report/?sentry_key={public_key}")),
            security: endpoint(&format!("security/?sentry_key={public_key}")),
            minidump: endpoint(&format!("minidump/?sentry_key={public_key}")),
            playstation: endpoint(&format!("playstation/?sentry_key={public_key}")),
            integration: endpoint("integration/"),
            otlp_traces: endpoint("integration/otlp/v1/traces"),
            otlp_logs: endpoint("integration/otlp/v1/logs"),
            nel: endpoint(&format!("nel/?sentry_key={public_key}")),
            unreal: endpoint(&format!("unreal/{public_key}/")),
            crons: endpoint(&format!("cron/___MONITOR_SLUG___/{public_key}/")),
            cdn: url.join(&format!("/js-sdk-loader/{public_key}.min.js")),
        }
    }
}
