use scrub::Settings;
use serde::Deserialize;

use crate::form::{Area, FormErrors, Switch, lines, typed};

/// The fields, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ScrubbingForm {
    scrub_data: Option<String>,
    scrub_defaults: Option<String>,
    scrub_ip_addresses: Option<String>,
    sensitive_fields: String,
    safe_fields: String,
    relay_pii_config: String,
    /// What the rules are tried on.
    pub(crate) sample: String,
    /// Which button was pressed: `save`, `try` or `try-latest`.
    pub(crate) action: String,
}

/// Names of fields that could stand in the lists.
const SENSITIVE_EXAMPLE: &str = "customer_number\nx-session";
const SAFE_EXAMPLE: &str = "token_count\nextra.public_key";
const RULES_EXAMPLE: &str = "{\n  \"rules\": {\n    \"order\": {\"type\": \"pattern\", \"pattern\": \"ORD-[0-9]+\", \"redaction\": {\"method\": \"mask\"}}\n  },\n  \"applications\": {\"$string\": [\"order\", \"@email:replace\"]}\n}";

impl ScrubbingForm {
    pub(crate) fn of(settings: &Settings) -> Self {
        let checked = |is_on: bool| is_on.then(|| "1".to_owned());
        Self {
            scrub_data: checked(settings.scrub_data),
            scrub_defaults: checked(settings.scrub_defaults),
            scrub_ip_addresses: checked(settings.scrub_ip_addresses),
            sensitive_fields: settings.sensitive_fields.join("\n"),
            safe_fields: settings.safe_fields.join("\n"),
            relay_pii_config: settings.relay_pii_config.clone(),
            ..Self::default()
        }
    }

    pub(crate) fn with_sample(self, sample: &str) -> Self {
        Self {
            sample: sample.to_owned(),
            ..self
        }
    }

    /// The settings that it says. `enforced` by the organization is no choice of the project: such a switch cannot be
    /// moved, and keeps for later what the project had chosen.
    pub(crate) fn settings(&self, before: &Settings, enforced: Option<&Settings>) -> Settings {
        let switch = |typed: &Option<String>, before: bool, is_enforced: bool| {
            if is_enforced { before } else { typed.is_some() }
        };
        let none = Settings::for_organization();
        let enforced = enforced.unwrap_or(&none);
        let names = |text: &str| lines(text).into_iter().map(|line| line.trim().to_owned()).collect();
        Settings {
            scrub_data: switch(&self.scrub_data, before.scrub_data, enforced.scrub_data),
            scrub_defaults: switch(&self.scrub_defaults, before.scrub_defaults, enforced.scrub_defaults),
            scrub_ip_addresses: switch(
                &self.scrub_ip_addresses,
                before.scrub_ip_addresses,
                enforced.scrub_ip_addresses,
            ),
            sensitive_fields: names(&self.sensitive_fields),
            safe_fields: names(&self.safe_fields),
            relay_pii_config: typed(self.relay_pii_config.trim()),
        }
    }

    pub(crate) fn switches(&self, enforced: Option<&Settings>) -> Vec<Switch> {
        let switch = |name, label, help, on: &Option<String>, is_enforced: fn(&Settings) -> bool| Switch {
            fixed: enforced
                .is_some_and(is_enforced)
                .then_some("enforced by the organization"),
            ..Switch::new(name, label, help, on.is_some())
        };
        vec![
            switch(
                "scrub_data",
                "Scrub data",
                "Without it nothing but the advanced rules and the addresses below is scrubbed.",
                &self.scrub_data,
                |settings| settings.scrub_data,
            ),
            switch(
                "scrub_defaults",
                "Usual secrets",
                "Values whose name or text looks like a password, a key, a token, a card number, an IBAN or a social security number become [Filtered].",
                &self.scrub_defaults,
                |settings| settings.scrub_defaults,
            ),
            switch(
                "scrub_ip_addresses",
                "IP addresses",
                "The user’s address is removed, and addresses in texts become [ip]. The place of the user is derived first.",
                &self.scrub_ip_addresses,
                |settings| settings.scrub_ip_addresses,
            ),
        ]
    }

    pub(crate) fn sensitive(&self, errors: &FormErrors) -> Area {
        Area::new("sensitive_fields", "Sensitive fields", &self.sensitive_fields, errors)
            .help("One word a line. Values whose name contains it become [Filtered], whatever they are.")
            .example(SENSITIVE_EXAMPLE)
    }

    pub(crate) fn safe(&self, errors: &FormErrors) -> Area {
        Area::new("safe_fields", "Safe fields", &self.safe_fields, errors)
            .help("One name or selector a line. The usual rules and the sensitive fields leave these values alone.")
            .example(SAFE_EXAMPLE)
    }

    pub(crate) fn rules(&self, errors: &FormErrors) -> Area {
        Area::new("relay_pii_config", "Rules as JSON", &self.relay_pii_config, errors)
            .help("A JSON object with rules and applications. Methods: remove, replace, mask, hash. Selectors: $string, $user.**, extra.name, $http.headers.x-secret, joined by &&, || and !.")
            .example(RULES_EXAMPLE)
            .rows(9)
    }

    pub(crate) fn sample_area(&self) -> Area {
        Area::new("sample", "Text or JSON", &self.sample, &FormErrors::default())
            .help("Nothing of it is kept. JSON counts as an event, or as its extra data.")
            .example("{\"password\": \"hunter2\", \"note\": \"paid with 4111 1111 1111 1111\"}")
    }

    pub(crate) fn is_trial(&self) -> bool {
        matches!(self.action.as_str(), "try" | "try-latest")
    }
}

/// Which field of the form one of the settings is.
pub(crate) fn field(name: &str) -> String {
    match name {
        "sensitiveFields" => "sensitive_fields",
        "safeFields" => "safe_fields",
        "relayPiiConfig" => "relay_pii_config",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_the_settings_that_it_was_made_of() {
        let settings = Settings {
            scrub_ip_addresses: true,
            sensitive_fields: vec!["a".to_owned(), "b".to_owned()],
            safe_fields: vec!["c".to_owned()],
            relay_pii_config: "{\n}".to_owned(),
            ..Settings::default()
        };
        assert_eq!(ScrubbingForm::of(&settings).settings(&settings, None), settings);
    }

    #[test]
    fn what_is_enforced_keeps_what_the_project_had_chosen() {
        let enforced = Settings {
            scrub_ip_addresses: true,
            ..Settings::for_organization()
        };
        let before = Settings::default();
        let form = ScrubbingForm {
            scrub_ip_addresses: Some("1".to_owned()),
            ..ScrubbingForm::default()
        };
        let settings = form.settings(&before, Some(&enforced));
        assert!(!settings.scrub_ip_addresses && !settings.scrub_data);
        let fixed = form
            .switches(Some(&enforced))
            .into_iter()
            .map(|switch| switch.fixed.is_some());
        assert_eq!(fixed.collect::<Vec<_>>(), [false, false, true]);
    }
}
