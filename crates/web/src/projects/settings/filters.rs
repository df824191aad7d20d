//! Inbound filters: what is not wanted of what comes in, and how much of it each kept away.

use std::{collections::BTreeMap, time::Duration};

use askama::Template;
use axum::response::Response;
use filter::{GenericFilter, LegacyBrowsers, Settings};
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use protocol::condition::Condition;
use serde::Deserialize;
use services::{
    access::ProjectScope,
    settings::{self, Problem, ProjectTopic as _},
};
use store::outcomes::OutcomeFilter;

use super::{Frame, problems, refused, saved};
use crate::{
    form::{Area, FormErrors, Switch, lines, typed},
    gallery::{self, Sample},
    icon::Icon,
    json_text, number,
    page::Page,
    shell::Shell,
    stats::{self, Usage},
    urls::Section,
    visit::Visit,
};

/// The form of all filters.
#[derive(Debug, Template)]
#[template(path = "projects/settings/filters.html")]
pub(crate) struct FiltersPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: FiltersForm,
    pub(crate) errors: FormErrors,
    dropped: Usage,
}

/// For how long back it is said what a filter did.
const LATELY: Duration = Duration::from_secs(7 * 24 * 3600);

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct FiltersForm {
    browser_extensions: Option<String>,
    localhost: Option<String>,
    web_crawlers: Option<String>,
    filtered_transaction: Option<String>,
    chunk_load_error: Option<String>,
    react_hydration_errors: Option<String>,
    /// `off`, `usual` or `some`.
    legacy_browsers: String,
    legacy_browser: Vec<String>,
    blacklisted_ips: String,
    releases: String,
    error_messages: String,
    log_messages: String,
    trace_metric_names: String,
    csp_sources: String,
    csp_defaults: Option<String>,
    /// The project's own conditions as JSON.
    custom: String,
}

fn checked(is_on: bool) -> Option<String> {
    is_on.then(|| "1".to_owned())
}

impl FiltersForm {
    fn of(settings: &Settings) -> Self {
        let (legacy, browsers) = match &settings.legacy_browsers {
            LegacyBrowsers::Switch(false) => ("off", Vec::new()),
            LegacyBrowsers::Switch(true) => ("usual", Vec::new()),
            LegacyBrowsers::Only(keys) => ("some", keys.clone()),
        };
        Self {
            browser_extensions: checked(settings.browser_extensions),
            localhost: checked(settings.localhost),
            web_crawlers: checked(settings.web_crawlers),
            filtered_transaction: checked(settings.filtered_transaction),
            chunk_load_error: checked(settings.chunk_load_error),
            react_hydration_errors: checked(settings.react_hydration_errors),
            legacy_browsers: legacy.to_owned(),
            legacy_browser: browsers,
            blacklisted_ips: settings.blacklisted_ips.join("\n"),
            releases: settings.releases.join("\n"),
            error_messages: settings.error_messages.join("\n"),
            log_messages: settings.log_messages.join("\n"),
            trace_metric_names: settings.trace_metric_names.join("\n"),
            csp_sources: settings.csp.disallowed_sources.join("\n"),
            csp_defaults: checked(settings.csp.use_defaults),
            custom: json_text::written(&settings.custom.filters),
        }
    }

    /// The settings that it says. What no field of it stands for stays as it was.
    fn settings(&self, before: &Settings) -> Result<Settings, Vec<Problem>> {
        let legacy_browsers = match self.legacy_browsers.as_str() {
            "usual" => LegacyBrowsers::Switch(true),
            "some" if !self.legacy_browser.is_empty() => LegacyBrowsers::Only(self.legacy_browser.clone()),
            _ => LegacyBrowsers::Switch(false),
        };
        let mut settings = Settings {
            browser_extensions: self.browser_extensions.is_some(),
            legacy_browsers,
            localhost: self.localhost.is_some(),
            web_crawlers: self.web_crawlers.is_some(),
            filtered_transaction: self.filtered_transaction.is_some(),
            chunk_load_error: self.chunk_load_error.is_some(),
            react_hydration_errors: self.react_hydration_errors.is_some(),
            blacklisted_ips: lines(&self.blacklisted_ips),
            releases: lines(&self.releases),
            error_messages: lines(&self.error_messages),
            log_messages: lines(&self.log_messages),
            trace_metric_names: lines(&self.trace_metric_names),
            ..before.clone()
        };
        settings.csp.disallowed_sources = lines(&self.csp_sources);
        settings.csp.use_defaults = self.csp_defaults.is_some();
        let custom = typed(&self.custom);
        let read = json_text::list("custom", &custom);
        settings.custom.filters = read.as_ref().cloned().unwrap_or_default();
        let mut problems = settings.problems();
        match &read {
            Ok(filters) => point_into(&mut problems, filters, &custom),
            Err(unreadable) => problems.extend(unreadable.iter().cloned()),
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }
}

/// Conditions are checked as values, which have no lines: finds the line of each that is wrong.
fn point_into(problems: &mut [Problem], filters: &[GenericFilter], text: &str) {
    for problem in problems {
        let Some(id) = problem.field.strip_prefix("custom.filters.").map(str::to_owned) else {
            continue;
        };
        let Some(index) = filters.iter().position(|filter| filter.id == id) else {
            continue;
        };
        let condition = filters[index].condition.as_ref().map(Condition::parse);
        let way = match condition {
            Some(Err(error)) => format!("[{index}].condition.{}", error.path),
            _ => format!("[{index}].id"),
        };
        let place = json_text::place(text, &way).or_else(|| json_text::place(text, &format!("[{index}]")));
        (problem.line, problem.column) = place.unzip();
    }
}

/// Which field of the form one of the settings is.
fn field(name: &str) -> String {
    match name {
        "csp.disallowed_sources" => "csp_sources".to_owned(),
        name if name.starts_with("custom") => "custom".to_owned(),
        name => name.to_owned(),
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/filters/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<FiltersPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.filters;
    let form = FiltersForm::of(&settings);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: FiltersForm,
    errors: FormErrors,
) -> Result<FiltersPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Filters).await?;
    let of_project = OutcomeFilter {
        projects: vec![scope.project.id],
        ..OutcomeFilter::default()
    };
    let dropped = stats::usage(&visit.app, scope.whole(), &of_project, LATELY).await?;
    Ok(FiltersPage {
        shell,
        frame,
        form,
        errors,
        dropped,
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/filters/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<FiltersForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_project(&visit.app, &scope).await?.filters;
    let found = match form.settings(&before) {
        Ok(settings) => problems(settings::set_of_project(&visit.app, &scope, &settings).await)?,
        Err(problems) => problems,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Filters));
    }
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

/// Browsers to choose from: key and name.
const BROWSERS: [(&str, &str); 8] = [
    ("ie", "Internet Explorer, all"),
    ("edge", "Edge before 110"),
    ("safari", "Safari before 15"),
    ("firefox", "Firefox before 110"),
    ("chrome", "Chrome before 110"),
    ("opera", "Opera before 99"),
    ("android", "Android browser before 4"),
    ("opera_mini", "Opera Mini before 34"),
];

/// Keys of earlier years, which are still set by some.
const OLDER_BROWSERS: [(&str, &str); 9] = [
    ("ie_pre_9", "Internet Explorer before 9"),
    ("ie9", "Internet Explorer 9"),
    ("ie10", "Internet Explorer 10"),
    ("ie11", "Internet Explorer 11"),
    ("opera_pre_15", "Opera before 15"),
    ("android_pre_4", "Android browser before 4 (old key)"),
    ("safari_pre_6", "Safari before 6"),
    ("opera_mini_pre_8", "Opera Mini before 8"),
    ("edge_pre_79", "Edge before 79"),
];

impl FiltersPage {
    fn switches(&self) -> Vec<Switch> {
        let form = &self.form;
        let switch = |name, label, help, on: &Option<String>, reason: &str| Switch {
            effect: Some(self.effect(reason)),
            ..Switch::new(name, label, help, on.is_some())
        };
        vec![
            switch(
                "browser_extensions",
                "Errors of browser extensions",
                "Extensions run in the page and are none of your code.",
                &form.browser_extensions,
                "browser-extensions",
            ),
            switch(
                "web_crawlers",
                "Web crawlers",
                "They run pages in ways that people do not. Told by their user agent.",
                &form.web_crawlers,
                "web-crawlers",
            ),
            switch(
                "localhost",
                "Developers’ own machines",
                "Events from 127.0.0.1, ::1, localhost and from files.",
                &form.localhost,
                "localhost",
            ),
            switch(
                "filtered_transaction",
                "Health checks",
                "Transactions that are called like one: */healthz, */ping, *heartbeat*, and more.",
                &form.filtered_transaction,
                "filtered-transaction",
            ),
            switch(
                "chunk_load_error",
                "Code that a deployment took away",
                "ChunkLoadError: a page that was open during a deployment asks for code that is gone. A reload mends it.",
                &form.chunk_load_error,
                "chunk-load-error",
            ),
            switch(
                "react_hydration_errors",
                "React hydration",
                "Differences between what the server and the browser rendered, which React mends by itself.",
                &form.react_hydration_errors,
                "hydration-error",
            ),
        ]
    }

    /// `1,204 dropped in 7 days`
    fn effect(&self, reason: &str) -> String {
        match self.dropped.filtered(reason) {
            0 => "none dropped in 7 days".to_owned(),
            count => format!("{} dropped in 7 days", number::grouped(count)),
        }
    }

    fn area(&self, name: &'static str, label: &'static str, text: &str) -> Area {
        Area::new(name, label, text, &self.errors).rows(3)
    }

    /// The lists, each with what it kept away.
    fn lists(&self) -> Vec<(Area, String)> {
        let form = &self.form;
        vec![
            (
                self.area("error_messages", "Error messages", &form.error_messages)
                    .help("One pattern a line, for “Type: message” or either alone. * is anything, ? one character, {a,b} either; case does not matter.")
                    .example("TypeError: Failed to fetch*\n*ResizeObserver loop*"),
                self.effect("error-message"),
            ),
            (
                self.area("releases", "Releases", &form.releases)
                    .help("One pattern a line, for the release as the SDK says it.")
                    .example("shop@1.*\n*-beta?"),
                self.effect("release-version"),
            ),
            (
                self.area("blacklisted_ips", "IP addresses", &form.blacklisted_ips)
                    .help("One address or network a line. The sender’s address counts, and the one that the event names for its user.")
                    .example("203.0.113.7\n10.0.0.0/8"),
                self.effect("ip-address"),
            ),
            (
                self.area("log_messages", "Log messages", &form.log_messages)
                    .help("One pattern a line, for the text of a log.")
                    .example("GET /healthz*"),
                self.effect("log-message"),
            ),
            (
                self.area("trace_metric_names", "Metrics", &form.trace_metric_names)
                    .help("One pattern a line, for the name of a metric.")
                    .example("debug.*"),
                self.effect("trace-metric-name"),
            ),
        ]
    }

    fn csp(&self) -> Area {
        self.area(
            "csp_sources",
            "Sources of Content-Security-Policy reports",
            &self.form.csp_sources,
        )
        .help("One source a line: reports that name it as blocked, or as where it happened, are dropped.")
        .example("chrome-extension://*\n*.example.com")
    }

    fn csp_switch(&self) -> Switch {
        Switch {
            effect: Some(self.effect("invalid-csp")),
            ..Switch::new(
                "csp_defaults",
                "Known noise in Content-Security-Policy reports",
                "Reports about browser extensions, translation services and programs that check network traffic.",
                self.form.csp_defaults.is_some(),
            )
        }
    }

    fn custom(&self) -> Area {
        self.area("custom", "Filters as JSON", &self.form.custom)
            .help("A JSON list of filters: id, isEnabled, condition. The id is the reason that the stats show. Conditions are eq, gt, gte, lt, lte, glob, and, or, not, any, all over fields such as event.release, event.tags.NAME, event.exceptions.")
            .example("[\n  {\n    \"id\": \"old-staging\",\n    \"isEnabled\": true,\n    \"condition\": {\"op\": \"eq\", \"name\": \"event.environment\", \"value\": \"staging-1\"}\n  }\n]")
            .rows(9)
    }

    /// How much the project's own conditions kept away, by their ids.
    fn custom_effects(&self) -> Vec<(String, String)> {
        let filters: Vec<GenericFilter> = json_text::list("custom", &typed(&self.form.custom)).unwrap_or_default();
        let ids: BTreeMap<&str, ()> = filters.iter().map(|filter| (filter.id.as_str(), ())).collect();
        ids.into_keys().map(|id| (id.to_owned(), self.effect(id))).collect()
    }

    fn is_legacy(&self, choice: &str) -> bool {
        match self.form.legacy_browsers.as_str() {
            "" => choice == "off",
            chosen => chosen == choice,
        }
    }

    fn has_browser(&self, key: &str) -> bool {
        self.form.legacy_browser.iter().any(|chosen| chosen == key)
    }

    /// The old keys, when one of them is set.
    fn older_browsers(&self) -> &'static [(&'static str, &'static str)] {
        let is_set = OLDER_BROWSERS.iter().any(|(key, _)| self.has_browser(key));
        if is_set { &OLDER_BROWSERS } else { &[] }
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |form, errors, dropped| {
            let (shell, frame) = Frame::sample(Section::Filters);
            Self {
                shell,
                frame,
                form,
                errors,
                dropped,
            }
        };
        let usual = FiltersForm::of(&Settings::default());
        let typical = FiltersForm {
            browser_extensions: checked(true),
            web_crawlers: checked(true),
            legacy_browsers: "some".to_owned(),
            legacy_browser: vec!["ie".to_owned(), "safari_pre_6".to_owned()],
            error_messages: "*ResizeObserver loop*\nTypeError: [\n".to_owned(),
            blacklisted_ips: "10.0.0.0/8\n10.0.0.0.1".to_owned(),
            custom: "[\n  {\"id\": \"old\", \"condition\": {\"op\": \"like\"}}\n]".to_owned(),
            ..usual.clone()
        };
        let errors = typical.settings(&Settings::default()).map_or_else(
            |problems| FormErrors::of_problems(&problems, field),
            |_| FormErrors::default(),
        );
        let dropped = Usage::of_filters(&[("web-crawlers", 1_204), ("error-message", 31), ("old", 7)]);
        let hostile = FiltersForm {
            releases: gallery::HOSTILE.to_owned(),
            custom: format!("</textarea>{}", gallery::HOSTILE),
            ..usual.clone()
        };
        let nasty = FormErrors::one("releases", gallery::HOSTILE);
        let many = FiltersForm {
            releases: "shop@1.2.3-rc.*\n".repeat(1_000),
            ..usual.clone()
        };
        vec![
            Sample::new("filters-empty", &page(usual, FormErrors::default(), Usage::default())),
            Sample::new("filters-typical", &page(typical, errors, dropped)),
            Sample::new("filters-hostile", &page(hostile, nasty, Usage::default())),
            Sample::new("filters-huge", &page(many, FormErrors::default(), Usage::default())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use filter::LEGACY_BROWSER_KEYS;

    #[test]
    fn a_form_says_the_settings_that_it_was_made_of() {
        let mut settings = Settings {
            legacy_browsers: LegacyBrowsers::Only(vec!["ie".to_owned()]),
            web_crawlers: true,
            chunk_load_error: false,
            releases: vec!["a".to_owned(), "b*".to_owned()],
            ..Settings::default()
        };
        settings.csp.use_defaults = false;
        settings.custom.filters = json_text::list(
            "custom",
            r#"[{"id": "x", "condition": {"op": "eq", "name": "event.release", "value": "1"}}]"#,
        )
        .unwrap();
        for settings in [settings, Settings::default()] {
            let form = FiltersForm::of(&settings);
            assert_eq!(form.settings(&Settings::default()).unwrap(), settings);
        }
    }

    #[test]
    fn an_error_in_a_condition_points_into_the_json() {
        let form = FiltersForm {
            custom: "[\r\n {\"id\": \"a\", \"condition\": {\"op\": \"eq\", \"name\": \"event.release\", \"value\": \"1\"}},\r\n {\"id\": \"b\",\r\n  \"condition\": {\"op\": \"and\", \"inner\": [{\"op\": \"nonsense\"}]}}\r\n]".to_owned(),
            releases: "ok\r\n[".to_owned(),
            ..FiltersForm::default()
        };
        let problems = form.settings(&Settings::default()).unwrap_err();
        let errors = FormErrors::of_problems(&problems, field);
        let custom = errors.all_of("custom");
        assert_eq!(
            custom.iter().map(|error| error.line).collect::<Vec<_>>(),
            [Some(4)],
            "{errors:?}"
        );
        assert!(custom[0].column.is_some_and(|column| column > 1));
        assert_eq!(errors.all_of("releases")[0].line, Some(2));
    }

    #[test]
    fn every_key_of_a_browser_has_a_name() {
        let named: Vec<_> = BROWSERS.iter().chain(&OLDER_BROWSERS).map(|(key, _)| *key).collect();
        assert!(LEGACY_BROWSER_KEYS.iter().all(|key| named.contains(key)));
        assert_eq!(named.len(), LEGACY_BROWSER_KEYS.len());
    }
}
