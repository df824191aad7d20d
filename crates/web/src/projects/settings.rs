use askama::Template;
use model::{KeyStatus, Timestamp};

use super::sdk::Sdk;
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    shell::{Part, Shell},
    time::Ago,
};

/// The settings of a project, with its keys.
#[derive(Debug, Template)]
#[template(path = "projects/settings.html")]
pub(crate) struct SettingsPage {
    pub(crate) shell: Shell,
    /// The project as it is, whatever stands in the form.
    pub(crate) project: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) platform: String,
    pub(crate) errors: FormErrors,
    pub(crate) keys: Vec<KeyRow>,
    pub(crate) may_write: bool,
}

#[derive(Debug)]
pub(crate) struct KeyRow {
    pub(crate) id: i64,
    pub(crate) label: String,
    pub(crate) dsn: String,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
}

impl KeyRow {
    fn is_active(&self) -> bool {
        self.status == KeyStatus::Active
    }

    fn is_revoked(&self) -> bool {
        self.status == KeyStatus::Revoked
    }

    fn status_in_words(&self) -> &'static str {
        match self.status {
            KeyStatus::Active => "Active",
            KeyStatus::Disabled => "Disabled",
            KeyStatus::Revoked => "Revoked",
        }
    }
}

impl SettingsPage {
    fn is_listed_platform(&self) -> bool {
        self.platform.is_empty() || Sdk::ALL.iter().any(|sdk| sdk.platform() == self.platform)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let key = |id: i64, label: &str, status| KeyRow {
            id,
            label: label.to_owned(),
            dsn: format!("http://{:032x}@127.0.0.1:9000/1", id * 0x0005_2f3c_77ab_91d4),
            status,
            created: gallery::ago(id * 400_000),
        };
        let page = |name: &str, platform: &str, errors, keys| Self {
            shell: gallery::shell(Part::Projects, "Settings of shop", "/organizations/acme/projects/shop/settings/"),
            project: "shop".to_owned(),
            name: name.to_owned(),
            slug: "shop".to_owned(),
            platform: platform.to_owned(),
            errors,
            keys,
            may_write: true,
        };
        let typical = vec![
            key(1, "Default", KeyStatus::Active),
            key(2, "Mobile app", KeyStatus::Disabled),
            key(3, "Old agency", KeyStatus::Revoked),
        ];
        let many = (0..60).map(|id| key(id, "Customer", KeyStatus::Active)).collect();
        let error = FormErrors::one("slug", "Another project has the slug shop. Choose a different one.");
        vec![
            Sample::new("settings-empty", &page("shop", "", FormErrors::default(), Vec::new())),
            Sample::new("settings-typical", &page("Shop", "python-django", error, typical)),
            Sample::new(
                "settings-hostile",
                &page(gallery::HOSTILE, gallery::HOSTILE, FormErrors::default(), vec![key(1, gallery::HOSTILE, KeyStatus::Active)]),
            ),
            Sample::new("settings-huge", &page("Shop", "go", FormErrors::default(), many)),
        ]
    }
}
