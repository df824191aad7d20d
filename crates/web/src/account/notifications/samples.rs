use services::notifications::{
    Reason,
    preferences::{Preferences, QuietHours},
    settings::{NotificationType, Provider},
};

use super::{AddressRow, BrowserRow, Choices, HeldRow, NotificationsPage, PlaceChoice, RuleRow, ScopeRow};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    settings::Frame,
    shell::Part,
    urls::{self, AccountSection},
};

impl NotificationsPage {
    pub(super) fn has_projects(&self) -> bool {
        self.places.iter().any(|place| place.is_project)
    }

    /// With which the user signs in.
    pub(super) fn own_address(&self) -> &str {
        self.shell.viewer.as_ref().map_or("", |viewer| viewer.email.as_str())
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let choices = |own: &Preferences| {
            let comes = |_: NotificationType, provider: Provider| provider.is_default();
            Choices::new(&NotificationType::default, &comes, own)
        };
        let empty = |errors: FormErrors| Self {
            shell: gallery::shell(Part::Settings, "Notifications", urls::NOTIFICATIONS),
            frame: Frame::account(AccountSection::Notifications),
            choices: choices(&Preferences::default()),
            held: Vec::new(),
            scopes: Vec::new(),
            rules: Vec::new(),
            addresses: Vec::new(),
            places: Vec::new(),
            emails: Vec::new(),
            browsers: Vec::new(),
            public_key: "BCVxsr7N".to_owned(),
            errors,
        };
        let filled = |name: &str, number: i64| {
            let own = Preferences {
                quiet_hours: Some(QuietHours {
                    from: 22 * 60,
                    to: 7 * 60,
                    weekends: true,
                }),
                ..Preferences::default()
            };
            Self {
                choices: choices(&own),
                held: vec![HeldRow {
                    why: Reason::UserCap.text(),
                    number,
                    until: gallery::ago(-1_200),
                }],
                scopes: vec![ScopeRow {
                    id: 1,
                    place: name.to_owned(),
                    kind: NotificationType::ALERTS.title(),
                    answer: "Off",
                }],
                rules: vec![RuleRow {
                    project: 1,
                    place: name.to_owned(),
                    when: vec!["an issue is assigned to me", "someone mentions me"],
                    by: vec!["E-mail", "Slack"],
                }],
                addresses: vec![AddressRow {
                    value: "project:1".to_owned(),
                    place: name.to_owned(),
                    email: "ada@work.example".to_owned(),
                }],
                places: vec![
                    PlaceChoice {
                        value: "organization:1".to_owned(),
                        label: "Acme".to_owned(),
                        is_project: false,
                    },
                    PlaceChoice {
                        value: "project:1".to_owned(),
                        label: name.to_owned(),
                        is_project: true,
                    },
                ],
                emails: vec!["ada@example.com".to_owned(), "ada@work.example".to_owned()],
                browsers: vec![BrowserRow {
                    id: 1,
                    user_agent: name.to_owned(),
                    since: gallery::ago(90_000),
                }],
                ..empty(FormErrors::default())
            }
        };
        let wrong = FormErrors::one("hourly_cap", "Between 1 and 1,000 an hour.");
        vec![
            Sample::new("account-notifications-empty", &empty(FormErrors::default())),
            Sample::new("account-notifications-typical", &filled("acme / shop", 15)),
            Sample::new("account-notifications-wrong", &empty(wrong)),
            Sample::new("account-notifications-hostile", &filled(gallery::HOSTILE, 1_000_000)),
        ]
    }
}
