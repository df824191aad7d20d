use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, InstanceAccess,
    instance_permissions::{OptionsAdmin, Superuser},
};
use serde_json::{Map, Value, json};
use services::options::{self, Definition, Kind, Lock, OptionChannel, OptionState, Reader, Setting, Target};

use super::{sample_shell, shell};
use crate::{
    gallery::Sample,
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// What holds for the whole installation.
#[derive(Debug, Template)]
#[template(path = "admin/settings.html")]
pub(crate) struct SettingsPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) options: Vec<OptionRow>,
}

/// An option, with the field that changes it.
#[derive(Debug, Clone)]
pub(crate) struct OptionRow {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) input: Input,
    pub(crate) is_set: bool,
    /// Why it cannot be changed here.
    pub(crate) locked: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(crate) enum Input {
    Switch(bool),
    Line(String),
    Lines(String),
    Number {
        value: String,
        least: i64,
        most: i64,
    },
    Rate(String),
    Choice {
        value: String,
        choices: &'static [&'static str],
    },
    /// Its value is never shown.
    Hidden,
}

impl OptionRow {
    fn of(state: &OptionState) -> Option<Self> {
        let definition = options::find(state.name)?;
        Some(Self {
            name: definition.name,
            about: definition.about,
            input: Input::of(definition, state.value.as_ref()),
            is_set: state.is_set,
            locked: state.lock.map(|lock| match lock {
                Lock::File => "set in the settings file or the environment, which come first",
                Lock::NoStore => "set in the settings file or the environment only",
                Lock::Immutable => "set once and for all",
                Lock::NotByAdministrators => "changed by commands only",
            }),
        })
    }
}

impl Input {
    fn of(definition: &Definition, value: Option<&Value>) -> Self {
        let Some(value) = value else { return Self::Hidden };
        let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match definition.kind {
            Kind::Flag => Self::Switch(value == &Value::Bool(true)),
            Kind::Text => Self::Line(text()),
            Kind::Texts => {
                let lines = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                Self::Lines(lines.collect::<Vec<_>>().join("\n"))
            }
            Kind::Integer { least, most } => Self::Number {
                value: text(),
                least,
                most,
            },
            Kind::Rate => Self::Rate(text()),
            Kind::Choice(choices) => Self::Choice { value: text(), choices },
        }
    }
}

/// What a field sent, as the option holds it. What cannot be read is refused by the operation.
fn value(kind: Kind, text: Option<&str>) -> Value {
    let text = text.map(str::trim);
    let number = |text: &str| serde_json::from_str(text).ok().filter(Value::is_number);
    match (kind, text) {
        // A switch that is off sends nothing.
        (Kind::Flag, text) => Value::Bool(text.is_some_and(|text| !text.is_empty())),
        (Kind::Texts, text) => {
            let lines = text.unwrap_or_default().lines().map(str::trim);
            json!(lines.filter(|line| !line.is_empty()).collect::<Vec<_>>())
        }
        (Kind::Integer { .. } | Kind::Rate, text) => text.and_then(number).unwrap_or_default(),
        (Kind::Text | Kind::Choice(_), text) => json!(text.unwrap_or_default()),
    }
}

/// `GET /admin/settings/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<SettingsPage>, ApiError> {
    let states = options::list(&visit.app, Target::System, Reader::default()).await?;
    Ok(Page(SettingsPage {
        shell: shell(&visit, AdminSection::Settings).await?,
        section: AdminSection::Settings,
        options: states.iter().filter_map(OptionRow::of).collect(),
    }))
}

/// `POST /admin/settings/`: all fields at once, or with `unset` the name of the option that is taken back.
pub(crate) async fn save(
    visit: Visit,
    access: InstanceAccess<OptionsAdmin>,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let app = &visit.app;
    let by = Setting {
        actor: &access.actor,
        organization: None,
        target: Target::System,
        channel: OptionChannel::Admin,
    };
    let sent = |name: &str| form.get(name).and_then(Value::as_str);
    if let Some(definition) = sent("unset").and_then(options::find) {
        let done = options::unset(app, by, definition).await;
        done.map_err(|error| ApiError::of_option(definition.name, error))?;
    } else {
        for state in options::list(app, Target::System, Reader::default()).await? {
            let Some(definition) = options::find(state.name).filter(|_| state.lock.is_none()) else {
                continue;
            };
            let value = value(definition.kind, sent(definition.name));
            // What nobody touched stays at its default, which a later version may change.
            if state.value.as_ref() != Some(&value) {
                let done = options::set(app, by, definition, &value).await;
                done.map_err(|error| ApiError::of_option(definition.name, error))?;
            }
        }
    }
    Ok((PendingNotice::of(Done::NameSaved), Redirect::to(urls::ADMIN_SETTINGS)).into_response())
}

impl SettingsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let row = |name: &'static str, input: Input| {
            let about = options::find(name).map_or("", |definition| definition.about);
            OptionRow {
                name,
                about,
                input,
                is_set: false,
                locked: None,
            }
        };
        let page = |is_changed: bool| {
            let mut rows = vec![
                row("api.allowed-origins", Input::Lines("https://status.example".to_owned())),
                row("auth.allow-registration", Input::Switch(is_changed)),
                row(
                    "events.request-view",
                    Input::Choice {
                        value: "raw".to_owned(),
                        choices: &["report", "raw"],
                    },
                ),
                row(
                    "invitations.per-day",
                    Input::Number {
                        value: "100".to_owned(),
                        least: 1,
                        most: 1_000_000,
                    },
                ),
                row("system.secret-key", Input::Hidden),
                row("system.url-prefix", Input::Line("https://tocsin.example".to_owned())),
            ];
            rows[1].is_set = is_changed;
            rows[3].locked = is_changed.then_some("set in the settings file or the environment, which come first");
            for row in &mut rows[4..] {
                (row.is_set, row.locked) = (true, Some("set in the settings file or the environment only"));
            }
            Self {
                shell: sample_shell(AdminSection::Settings),
                section: AdminSection::Settings,
                options: rows,
            }
        };
        vec![
            Sample::new("admin-settings-closed", &page(false)),
            Sample::new("admin-settings-open", &page(true)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_values_of_their_kind() {
        let check =
            |kind: Kind, text: Option<&str>, expected: Value| assert_eq!(value(kind, text), expected, "{kind:?}");
        check(Kind::Flag, Some("1"), json!(true));
        check(Kind::Flag, None, json!(false));
        check(Kind::Texts, Some(" a \r\n\r\nb"), json!(["a", "b"]));
        check(Kind::Texts, None, json!([]));
        check(Kind::Integer { least: 0, most: 9 }, Some(" 7 "), json!(7));
        check(Kind::Integer { least: 0, most: 9 }, Some("seven"), json!(null));
        check(Kind::Rate, Some("0.5"), json!(0.5));
        check(Kind::Choice(&["a"]), Some("b"), json!("b"));
    }
}
