use model::{OrganizationId, ProjectId, UserId};
use serde_json::Value;
use store::options::{OptionPlace, StoredOption};

use super::{
    definition::{Definition, Flags, Level},
    registry::ALL,
};
use crate::{App, seal::Purpose};

/// Who asks, and where: every place in which the option may be set for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reader {
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub user: Option<UserId>,
}

/// A place in which options are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    System,
    Organization(OrganizationId),
    Project(ProjectId),
    User(UserId),
    UserOrganization(UserId, OrganizationId),
    UserProject(UserId, ProjectId),
}

impl Target {
    pub fn level(self) -> Level {
        match self {
            Self::System => Level::System,
            Self::Organization(_) => Level::Organization,
            Self::Project(_) => Level::Project,
            Self::User(_) => Level::User,
            Self::UserOrganization(..) => Level::UserOrganization,
            Self::UserProject(..) => Level::UserProject,
        }
    }

    pub(super) fn place(self) -> OptionPlace {
        let (id, second) = match self {
            Self::System => (0, 0),
            Self::Organization(id) => (id.0, 0),
            Self::Project(id) => (id.0, 0),
            Self::User(id) => (id.0, 0),
            Self::UserOrganization(id, organization) => (id.0, organization.0),
            Self::UserProject(id, project) => (id.0, project.0),
        };
        OptionPlace {
            scope: self.level().name(),
            id,
            second,
        }
    }
}

impl Reader {
    /// From wide to narrow, without the installation.
    fn targets(&self) -> Vec<Target> {
        let of_user = |narrow: fn(UserId, i64) -> Target, id: Option<i64>| Some(narrow(self.user?, id?));
        let in_organization = |user, id| Target::UserOrganization(user, OrganizationId(id));
        let in_project = |user, id| Target::UserProject(user, ProjectId(id));
        [
            self.organization.map(Target::Organization),
            self.project.map(Target::Project),
            self.user.map(Target::User),
            of_user(in_organization, self.organization.map(|id| id.0)),
            of_user(in_project, self.project.map(|id| id.0)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Why an option cannot be changed where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// The settings of the process have it, and they come first.
    File,
    /// It comes from the settings of the process alone.
    NoStore,
    /// It is set, and stays.
    Immutable,
    /// Not by pages.
    NotByAdministrators,
}

/// An option as it is shown in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionState {
    pub name: &'static str,
    /// What holds there; none for what is never shown.
    pub value: Option<Value>,
    /// Whether it is set there, or for the installation in the settings of the process.
    pub is_set: bool,
    pub lock: Option<Lock>,
}

/// What holds for a reader.
pub async fn get(app: &App, definition: &Definition, reader: Reader) -> Result<Value, store::Error> {
    Ok(get_many(app, [definition], reader).await?.remove(0))
}

/// Several at once.
pub async fn get_many<const N: usize>(
    app: &App,
    definitions: [&Definition; N],
    reader: Reader,
) -> Result<Vec<Value>, store::Error> {
    let system = of_system(app).await?;
    let narrow = definitions.iter().any(|definition| definition.levels.len() > 1);
    let targets = if narrow { reader.targets() } else { Vec::new() };
    let stored = of_targets(app, &targets).await?;
    let values = definitions.iter().map(|definition| {
        let own = narrowest(definition, &targets, &stored);
        own.cloned().unwrap_or_else(|| system_value(app, definition, &system))
    });
    Ok(values.collect())
}

/// A flag of the installation.
pub async fn get_flag(app: &App, definition: &Definition) -> Result<bool, store::Error> {
    Ok(get(app, definition, Reader::default()).await? == Value::Bool(true))
}

/// A number of the installation.
pub async fn get_count(app: &App, definition: &Definition) -> Result<u32, store::Error> {
    let value = get(app, definition, Reader::default()).await?;
    Ok(value
        .as_u64()
        .and_then(|count| count.try_into().ok())
        .unwrap_or(u32::MAX))
}

/// All options that can be set in a place, by name. `reader` says what holds there where nothing is set.
pub async fn list(app: &App, target: Target, reader: Reader) -> Result<Vec<OptionState>, store::Error> {
    let level = target.level();
    let system = of_system(app).await?;
    let mut targets = reader.targets();
    targets.retain(|wider| wider.level() <= level);
    let stored = of_targets(app, &targets).await?;
    let state = |definition: &Definition| {
        let own = if level == Level::System { &system } else { &stored };
        let is_stored = own
            .iter()
            .any(|one| one.name == definition.name && one.scope == level.name());
        let of_file = app.options.of_file(definition.name).filter(|_| level == Level::System);
        let value = narrowest(definition, &targets, &stored).cloned();
        let value = value.unwrap_or_else(|| system_value(app, definition, &system));
        OptionState {
            name: definition.name,
            value: Some(value).filter(|_| !definition.flags.has(Flags::CREDENTIAL)),
            is_set: is_stored || of_file.is_some(),
            lock: lock(definition, level, of_file.is_some(), is_stored),
        }
    };
    Ok(ALL
        .iter()
        .filter(|definition| definition.is_at(level))
        .map(state)
        .collect())
}

pub(super) fn lock(definition: &Definition, level: Level, has_file: bool, is_stored: bool) -> Option<Lock> {
    let flags = definition.flags;
    if flags.has(Flags::NO_STORE) {
        Some(Lock::NoStore)
    } else if has_file && flags.has(Flags::PRIORITIZE_DISK) {
        Some(Lock::File)
    } else if is_stored && flags.has(Flags::IMMUTABLE) {
        Some(Lock::Immutable)
    } else if level == Level::System && !flags.has(Flags::ADMIN_MODIFIABLE) {
        Some(Lock::NotByAdministrators)
    } else {
        None
    }
}

/// What is stored for the installation.
pub(super) async fn of_system(app: &App) -> Result<Vec<StoredOption>, store::Error> {
    let now = app.now();
    if let Some(stored) = app.options.fresh(now) {
        return Ok(stored);
    }
    match of_targets(app, &[Target::System]).await {
        Ok(stored) => {
            app.options.keep(stored.clone(), now);
            Ok(stored)
        }
        Err(error) => app.options.stale(now).ok_or(error),
    }
}

async fn of_targets(app: &App, targets: &[Target]) -> Result<Vec<StoredOption>, store::Error> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<OptionPlace> = targets.iter().map(|target| target.place()).collect();
    store::options::list(&mut *app.store.read().await?, &places).await
}

/// What is set in the narrowest of the places. A value that an older version took and this one does not is none.
fn narrowest<'a>(definition: &Definition, targets: &[Target], stored: &'a [StoredOption]) -> Option<&'a Value> {
    let levels = targets.iter().rev().map(|target| target.level());
    let mut levels = levels.filter(|level| definition.is_at(*level));
    levels.find_map(|level| usable(definition, stored, level))
}

fn usable<'a>(definition: &Definition, stored: &'a [StoredOption], level: Level) -> Option<&'a Value> {
    let mut own = stored
        .iter()
        .filter(|one| one.name == definition.name && one.scope == level.name());
    let value = &own.next()?.value;
    definition.kind.problem(value).is_none().then_some(value)
}

/// What a secret of the installation is; empty where there is none, or where the key that sealed it is gone.
pub(crate) async fn get_secret(app: &App, definition: &Definition) -> Result<String, store::Error> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let stored = of_system(app).await?;
    let value = system_value(app, definition, &stored);
    let is_stored = usable(definition, &stored, Level::System) == Some(&value);
    if !is_stored || app.options.of_file(definition.name) == Some(&value) {
        return Ok(text(&value));
    }
    let opened = app.sealer().open(Purpose::Option, &text(&value));
    let opened = opened.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    Ok(opened.as_ref().map(text).unwrap_or_default())
}

/// What holds for the installation: the settings of the process, where they come first or nothing else is; then what is
/// stored, then the settings again, then the default.
fn system_value(app: &App, definition: &Definition, stored: &[StoredOption]) -> Value {
    let of_file = app.options.of_file(definition.name);
    let file_first = definition.flags.has(Flags::PRIORITIZE_DISK) || definition.flags.has(Flags::NO_STORE);
    let own = usable(definition, stored, Level::System).filter(|_| !definition.flags.has(Flags::NO_STORE));
    let value = if file_first { of_file.or(own) } else { own.or(of_file) };
    value.cloned().unwrap_or_else(|| definition.default())
}
