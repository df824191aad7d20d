//! What is set for a project, as its details show it and its update changes it.

use std::collections::BTreeMap;

use filter::ChangeError;
use httpkit::ApiError;
use model::Timestamp;
use quota::sampling::Bias;
use serde::Serialize;
use serde_json::{Map, Value, json};
use services::{
    App,
    access::ProjectScope,
    highlights::Highlights,
    notifications::policy::ProjectNotifications,
    settings::{self, ClientSettings, IssueSettings, ProjectSettings, ProjectTopic as _},
};

use crate::{
    body::Fields,
    filters,
    grouping::{self, GroupingSettingsView},
    sampling,
    scrubbing::{self, ScrubbingView},
};

/// The settings that processing obeys.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingsView {
    options: Map<String, Value>,
    allowed_domains: Vec<String>,
    #[serde(flatten)]
    scrubbing: ScrubbingView,
    #[serde(flatten)]
    grouping: GroupingSettingsView,
    /// In hours; 0: never.
    resolve_age: u32,
    digests_min_delay: u32,
    digests_max_delay: u32,
    /// Notifications an hour; null: as many as there are.
    notifications_hourly_cap: Option<u32>,
    dynamic_sampling_biases: Vec<Bias>,
    is_dynamically_sampled: bool,
    highlight_tags: Vec<String>,
    highlight_context: BTreeMap<String, Vec<String>>,
}

impl SettingsView {
    pub(super) fn of(settings: &ProjectSettings) -> Self {
        Self {
            options: options(settings),
            allowed_domains: settings.client.allowed_domains.clone(),
            scrubbing: ScrubbingView::of(&settings.scrubbing),
            grouping: GroupingSettingsView::of(&settings.grouping),
            resolve_age: settings.issues.resolve_age_hours,
            digests_min_delay: settings.notifications.digests_min_delay,
            digests_max_delay: settings.notifications.digests_max_delay,
            notifications_hourly_cap: settings.notifications.hourly_cap,
            dynamic_sampling_biases: settings.sampling.biases.list(),
            is_dynamically_sampled: settings.sampling.sample_rate < 1.0 || !settings.sampling.custom.is_empty(),
            highlight_tags: settings.highlights.tags.clone(),
            highlight_context: settings.highlights.context.clone(),
        }
    }
}

/// Sentry's names for what is stored; filters have most of them.
fn options(settings: &ProjectSettings) -> Map<String, Value> {
    let (scrub, grouping) = (&settings.scrubbing, &settings.grouping);
    let mut options = settings.filters.options();
    let others = json!({
        "quotas:spike-protection-disabled": !settings.quotas.spike_protection.enabled,
        "sentry:origins": settings.client.allowed_domains,
        "sentry:scrub_data": scrub.scrub_data,
        "sentry:scrub_defaults": scrub.scrub_defaults,
        "sentry:scrub_ip_address": scrub.scrub_ip_addresses,
        "sentry:sensitive_fields": scrub.sensitive_fields,
        "sentry:safe_fields": scrub.safe_fields,
        "sentry:relay_pii_config": scrubbing::relay_pii_config(scrub),
        "sentry:grouping_config": grouping.strategy.name(),
        "sentry:grouping_enhancements": grouping.stack_trace_rules,
        "sentry:fingerprinting_rules": grouping.fingerprint_rules,
        "sentry:secondary_grouping_config": grouping.previous.map(|previous| previous.strategy.name()),
        "sentry:secondary_grouping_expiry": grouping.previous.map_or(0, |previous| previous.until.seconds()),
    });
    if let Value::Object(others) = others {
        options.extend(others);
    }
    options
}

/// The topics that a body changes.
#[derive(Debug, Default)]
pub(super) struct ChangedSettings {
    client: Option<ClientSettings>,
    filters: Option<filter::Settings>,
    grouping: Option<::grouping::Settings>,
    highlights: Option<Highlights>,
    issues: Option<IssueSettings>,
    notifications: Option<ProjectNotifications>,
    quotas: Option<quota::Settings>,
    sampling: Option<quota::sampling::Settings>,
    scrubbing: Option<scrub::Settings>,
}

impl ChangedSettings {
    /// Reads all settings of a body; what is wrong is noted in `fields`.
    pub(super) fn read(fields: &mut Fields, before: &ProjectSettings, now: Timestamp) -> Self {
        let mut changed = Self {
            client: client(fields, &before.client),
            grouping: grouping::change(fields, &before.grouping, now),
            highlights: highlights(fields, &before.highlights),
            issues: issues(fields, before.issues),
            notifications: notifications(fields, before.notifications),
            sampling: biases(fields, &before.sampling),
            scrubbing: scrubbing::change(fields, &before.scrubbing),
            ..Self::default()
        };
        if let Some(options) = fields.object("options") {
            changed.options(fields, &options, before);
        }
        changed
    }

    fn options(&mut self, fields: &mut Fields, options: &Map<String, Value>, before: &ProjectSettings) {
        let mut filters = before.filters.clone();
        let mut quotas = before.quotas.clone();
        for (name, value) in options {
            if name == "quotas:spike-protection-disabled" {
                match value.as_bool() {
                    Some(disabled) => quotas.spike_protection.enabled = !disabled,
                    None => fields.refuse(name, "Must be a valid boolean."),
                }
                continue;
            }
            match filters.set_option(name, value) {
                Ok(()) => {}
                // Options that are not the filters' are ignored, as Sentry does.
                Err(ChangeError::Unknown) if !name.starts_with("filters:") => {}
                Err(ChangeError::Unknown) => fields.refuse(name, "There is no filter of this name."),
                Err(ChangeError::Invalid(errors)) => {
                    for text in filters::texts(errors) {
                        fields.refuse(name, &text);
                    }
                }
            }
        }
        self.filters = Some(filters).filter(|filters| *filters != before.filters);
        self.quotas = Some(quotas).filter(|quotas| *quotas != before.quotas);
    }

    pub(super) async fn save(&self, app: &App, scope: &ProjectScope) -> Result<(), ApiError> {
        if let Some(client) = &self.client {
            settings::set_of_project(app, scope, client).await?;
        }
        if let Some(filters) = &self.filters {
            settings::set_of_project(app, scope, filters).await?;
        }
        if let Some(grouping) = &self.grouping {
            settings::set_of_project(app, scope, grouping).await?;
        }
        if let Some(issues) = &self.issues {
            settings::set_of_project(app, scope, issues).await?;
        }
        if let Some(notifications) = &self.notifications {
            settings::set_of_project(app, scope, notifications).await?;
        }
        if let Some(highlights) = &self.highlights {
            settings::set_of_project(app, scope, highlights).await?;
        }
        if let Some(quotas) = &self.quotas {
            settings::set_of_project(app, scope, quotas).await?;
        }
        if let Some(sampling) = &self.sampling {
            settings::set_of_project(app, scope, sampling).await?;
        }
        if let Some(scrubbing) = &self.scrubbing {
            settings::set_of_project(app, scope, scrubbing).await?;
        }
        Ok(())
    }
}

fn client(fields: &mut Fields, before: &ClientSettings) -> Option<ClientSettings> {
    let allowed_domains = fields.texts("allowedDomains")?;
    if allowed_domains.is_empty() {
        fields.refuse(
            "allowedDomains",
            "Without a domain no page could send: * lets all of them.",
        );
    }
    let client = ClientSettings { allowed_domains };
    fields.refuse_settings(&client.problems(), |field| match field {
        "allowed_domains" => "allowedDomains",
        other => other,
    });
    Some(client).filter(|client| client != before)
}

fn issues(fields: &mut Fields, before: IssueSettings) -> Option<IssueSettings> {
    let hours = fields.number("resolveAge")?;
    let issues = IssueSettings {
        // What is no number of hours is too many.
        resolve_age_hours: u32::try_from(hours).unwrap_or(u32::MAX),
    };
    fields.refuse_settings(&issues.problems(), |_| "resolveAge");
    Some(issues).filter(|issues| *issues != before)
}

fn notifications(fields: &mut Fields, before: ProjectNotifications) -> Option<ProjectNotifications> {
    // What is no number of seconds is too many.
    let number = |fields: &mut Fields, name: &str| {
        fields
            .number(name)
            .map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let hourly_cap = if fields.is_given("notificationsHourlyCap") {
        number(fields, "notificationsHourlyCap")
    } else {
        before.hourly_cap
    };
    let changed = ProjectNotifications {
        digests_min_delay: number(fields, "digestsMinDelay").unwrap_or(before.digests_min_delay),
        digests_max_delay: number(fields, "digestsMaxDelay").unwrap_or(before.digests_max_delay),
        hourly_cap,
    };
    if changed == before {
        return None;
    }
    fields.refuse_settings(&changed.problems(), |field| match field {
        "digests_min_delay" => "digestsMinDelay",
        "digests_max_delay" => "digestsMaxDelay",
        _ => "notificationsHourlyCap",
    });
    Some(changed)
}

fn highlights(fields: &mut Fields, before: &Highlights) -> Option<Highlights> {
    let mut changed = before.clone();
    if let Some(tags) = fields.texts("highlightTags") {
        changed.tags = tags;
    }
    if let Some(context) = fields.object("highlightContext") {
        changed.context.clear();
        let mut inner = Fields::of(context.clone());
        for name in context.keys() {
            match inner.texts(name) {
                Some(keys) => _ = changed.context.insert(name.clone(), keys),
                None => fields.refuse("highlightContext", "Expected lists of keys, by the names of contexts."),
            }
        }
    }
    fields.refuse_settings(&changed.problems(), |field| match field {
        "tags" => "highlightTags",
        _ => "highlightContext",
    });
    Some(changed).filter(|changed| changed != before)
}

fn biases(fields: &mut Fields, before: &quota::sampling::Settings) -> Option<quota::sampling::Settings> {
    let mut changed = before.clone();
    sampling::change_biases(fields, "dynamicSamplingBiases", &mut changed);
    Some(changed).filter(|changed| changed != before)
}
