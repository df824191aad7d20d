//! What is scrubbed, in the fields that organizations and projects share, and which values a selector could name.

mod suggestions;

pub(crate) use suggestions::list_suggestions;

use scrub::Settings;
use serde::Serialize;
use services::settings::ProjectTopic as _;

use crate::body::Fields;

/// The settings as the details of an organization or a project show them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScrubbingView {
    data_scrubber: bool,
    data_scrubber_defaults: bool,
    #[serde(rename = "scrubIPAddresses")]
    scrub_ip_addresses: bool,
    sensitive_fields: Vec<String>,
    safe_fields: Vec<String>,
    relay_pii_config: Option<String>,
}

impl ScrubbingView {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            data_scrubber: settings.scrub_data,
            data_scrubber_defaults: settings.scrub_defaults,
            scrub_ip_addresses: settings.scrub_ip_addresses,
            sensitive_fields: settings.sensitive_fields.clone(),
            safe_fields: settings.safe_fields.clone(),
            relay_pii_config: relay_pii_config(settings).map(str::to_owned),
        }
    }
}

/// Advanced rules as options show them.
pub(crate) fn relay_pii_config(settings: &Settings) -> Option<&str> {
    Some(settings.relay_pii_config.as_str()).filter(|config| !config.is_empty())
}

/// The settings with what a body changes of them; `None` when it changes nothing.
pub(crate) fn change(fields: &mut Fields, before: &Settings) -> Option<Settings> {
    let mut settings = before.clone();
    let switches = [
        ("dataScrubber", &mut settings.scrub_data),
        ("dataScrubberDefaults", &mut settings.scrub_defaults),
        ("scrubIPAddresses", &mut settings.scrub_ip_addresses),
    ];
    for (name, switch) in switches {
        if let Some(active) = fields.flag(name) {
            *switch = active;
        }
    }
    if let Some(names) = fields.texts("sensitiveFields") {
        settings.sensitive_fields = names;
    }
    if let Some(names) = fields.texts("safeFields") {
        settings.safe_fields = names;
    }
    if fields.is_given("relayPiiConfig") {
        let text = fields.whole_text("relayPiiConfig").unwrap_or_default();
        settings.relay_pii_config = if text.trim().is_empty() { String::new() } else { text };
    }
    if settings == *before {
        return None;
    }
    fields.refuse_settings(&settings.problems(), wire_name);
    Some(settings)
}

/// Settings call their switches by what they do.
fn wire_name(field: &str) -> &str {
    match field {
        "scrubData" => "dataScrubber",
        "scrubDefaults" => "dataScrubberDefaults",
        "scrubIpAddresses" => "scrubIPAddresses",
        other => other,
    }
}
