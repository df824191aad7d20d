use model::OrganizationId;
use serde_json::{Value, json};
use store::Connection;

use super::{
    definition::{Definition, Flags, Level},
    read::{self, Lock, Target},
};
use crate::{
    App,
    access::Actor,
    audit::{self, Action, Change, Entry, TargetKind},
    seal::Purpose,
};

/// By which way an option was set; stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionChannel {
    /// By somebody in a page or the API.
    Admin,
    /// By an administrator, in the page that is made for the option: it does not show what it holds.
    OwnPage,
    /// By a command.
    Cli,
    /// From a file that says how all options are to be.
    Automator,
}

impl OptionChannel {
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin | Self::OwnPage => "admin",
            Self::Cli => "cli",
            Self::Automator => "automator",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OptionError {
    #[error("it cannot be set here")]
    NotHere,
    #[error("it is set in the settings of the process, which come first")]
    LockedByFile,
    #[error("it is set in the settings of the process only")]
    NoStore,
    #[error("it is set, and cannot be changed any more")]
    Immutable,
    #[error("it is changed by commands only")]
    NotByAdministrators,
    #[error("{0}")]
    Invalid(String),
    #[error("it may not be empty")]
    Required,
    /// What somebody has set by another way is not written over from a file.
    #[error("it was set to another value by the channel {channel}: change the file, or unset it")]
    Drift { channel: String },
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<Lock> for OptionError {
    fn from(lock: Lock) -> Self {
        match lock {
            Lock::File => Self::LockedByFile,
            Lock::NoStore => Self::NoStore,
            Lock::Immutable => Self::Immutable,
            Lock::NotByAdministrators => Self::NotByAdministrators,
        }
    }
}

/// Where a change is made, by whom and how.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub actor: &'a Actor,
    /// In whose log it is written down; none for the installation's, and for what users set for themselves.
    pub organization: Option<OrganizationId>,
    pub target: Target,
    pub channel: OptionChannel,
}

/// Sets an option in one place.
pub async fn set(app: &App, by: Setting<'_>, definition: &Definition, value: &Value) -> Result<(), OptionError> {
    if let Some(problem) = definition.kind.problem(value) {
        return Err(OptionError::Invalid(problem));
    }
    let is_empty = value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    if is_empty && definition.flags.has(Flags::REQUIRED) {
        return Err(OptionError::Required);
    }
    write(app, by, definition, Some(value)).await
}

/// Takes an option back: what holds in the next wider place holds again.
pub async fn unset(app: &App, by: Setting<'_>, definition: &Definition) -> Result<(), OptionError> {
    write(app, by, definition, None).await
}

async fn write(app: &App, by: Setting<'_>, definition: &Definition, value: Option<&Value>) -> Result<(), OptionError> {
    let (name, level, place) = (definition.name, by.target.level(), by.target.place());
    if !definition.is_at(level) {
        return Err(OptionError::NotHere);
    }
    let mut tx = app.store.begin().await?;
    let stored = store::options::list(&mut tx, &[place]).await?;
    let stored = stored.into_iter().find(|stored| stored.name == name);
    let has_file = by.target == Target::System && app.options.of_file(name).is_some();
    match read::lock(definition, level, has_file, stored.is_some()) {
        Some(Lock::NotByAdministrators) if by.channel != OptionChannel::Admin => {}
        Some(lock) => return Err(lock.into()),
        None => {}
    }
    let is_secret = definition.flags.has(Flags::CREDENTIAL);
    if !is_secret && stored.as_ref().map(|stored| &stored.value) == value {
        return Ok(());
    }
    if let Some(stored) = &stored
        && by.channel == OptionChannel::Automator
        && stored.channel != by.channel.name()
    {
        let channel = stored.channel.clone();
        return Err(OptionError::Drift { channel });
    }
    match value {
        Some(value) => {
            let sealed = (is_secret && value.as_str().is_some_and(|text| !text.is_empty()))
                .then(|| json!(app.sealer().seal(Purpose::Option, value.to_string().as_bytes())));
            let value = sealed.as_ref().unwrap_or(value);
            store::options::set(&mut tx, place, name, value, by.channel.name(), app.now()).await?;
        }
        None => {
            store::options::unset(&mut tx, place, name).await?;
        }
    }
    let is_own = matches!(
        by.target,
        Target::User(_) | Target::UserOrganization(..) | Target::UserProject(..)
    );
    if !is_own {
        let shown = |value: Option<&Value>| {
            let value = value.filter(|_| !is_secret);
            value.map_or_else(
                || json!({}),
                |value| json!({ "value": value, "channel": by.channel.name() }),
            )
        };
        let entry = Entry {
            organization: by.organization,
            action: Action::OPTION_EDITED,
            target: audit::Target {
                kind: TargetKind::Option,
                id: place.id,
                label: name,
            },
            change: Change::between(&shown(stored.as_ref().map(|stored| &stored.value)), &shown(value)),
        };
        audit::record(app, &mut tx, by.actor, entry).await?;
    }
    tx.commit().await?;
    app.options.forget();
    Ok(())
}

/// Forgets what was set in an organization or a project that is being removed, by its users as well.
pub(crate) async fn purge(db: &mut Connection, target: Target) -> Result<(), store::Error> {
    let of_users = match target {
        Target::Organization(_) => Level::UserOrganization,
        _ => Level::UserProject,
    };
    store::options::purge(db, target.place(), of_users.name()).await
}
