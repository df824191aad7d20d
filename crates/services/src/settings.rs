//! What people set for a project or an organization, by topic. Each topic is a type of the crate that understands it; it
//! is stored as JSON, and is checked before it is.

use std::{collections::HashMap, fmt, time::Duration};

use model::{OrganizationId, ProjectId, Timestamp};
use normalize::transaction::NameRules;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{Connection, organizations::Organization};

use crate::{
    App,
    access::{MembershipSettings, OrganizationScope, ProjectScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    highlights::Highlights,
    notifications::policy::ProjectNotifications,
    storage::RetentionSettings,
};

/// How many domains a project may list.
const MAX_DOMAINS: usize = 1000;

/// Everything that is set for a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectSettings {
    pub client: ClientSettings,
    pub filters: filter::Settings,
    pub grouping: grouping::Settings,
    pub highlights: Highlights,
    pub issues: IssueSettings,
    pub notifications: ProjectNotifications,
    pub ownership: triage::ownership::Settings,
    pub quotas: quota::Settings,
    pub retention: RetentionSettings,
    pub sampling: quota::sampling::Settings,
    pub scrubbing: scrub::Settings,
    /// Learned from the names that came, not set by people.
    pub transaction_names: NameRules,
}

/// Everything that is set for an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationSettings {
    pub quotas: quota::Settings,
    pub retention: RetentionSettings,
    pub scrubbing: scrub::Settings,
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            quotas: OrganizationTopic::of_new_organization(),
            retention: OrganizationTopic::of_new_organization(),
            scrubbing: OrganizationTopic::of_new_organization(),
        }
    }
}

impl ProjectSettings {
    /// All that is wrong, over all topics.
    pub fn problems(&self) -> Vec<Problem> {
        [
            self.client.problems(),
            self.filters.problems(),
            self.grouping.problems(),
            self.highlights.problems(),
            self.issues.problems(),
            self.notifications.problems(),
            self.ownership.problems(),
            self.quotas.problems(),
            self.retention.problems(),
            self.sampling.problems(),
            self.scrubbing.problems(),
        ]
        .concat()
    }
}

/// Who may send, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// Origins of pages that may send: `*`, `host`, `scheme://host[:port]`, `*.host`, `*:port` (`ingest.md` §1.2).
    pub allowed_domains: Vec<String>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            allowed_domains: vec!["*".to_owned()],
        }
    }
}

/// What becomes of issues without anybody doing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IssueSettings {
    /// After how many hours an issue that was not seen is resolved; 0: never.
    pub resolve_age_hours: u32,
}

/// The longest that a project may wait: 30 days.
const LONGEST_RESOLVE_AGE: u32 = 30 * 24;

impl IssueSettings {
    /// How long an issue must be quiet to be resolved; `None`: it never is.
    pub(crate) fn resolve_after(self) -> Option<Duration> {
        let hours = u64::from(self.resolve_age_hours);
        (hours > 0).then(|| Duration::from_secs(hours * 3_600))
    }
}

/// What is wrong with a setting, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field of the topic.
    pub field: String,
    /// Counted from 1, where the field is a text of lines.
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub message: String,
}

#[derive(Debug, thiserror::Error)]
pub enum SetError {
    #[error("{}", .0.first().map_or("invalid settings", |problem| problem.message.as_str()))]
    Invalid(Vec<Problem>),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A topic of a project's settings.
pub trait ProjectTopic: Serialize + DeserializeOwned + Default + Send + Sync {
    /// Under which it is stored; never renamed.
    const NAME: &'static str;

    fn problems(&self) -> Vec<Problem>;
}

/// A topic of an organization's settings.
pub trait OrganizationTopic: ProjectTopic {
    /// What holds where nothing was set.
    fn of_new_organization() -> Self;
}

/// A topic as it is set; its defaults when it never was.
pub async fn of_project(app: &App, scope: &ProjectScope) -> Result<ProjectSettings, store::Error> {
    read_project(&mut *app.store.read().await?, scope.project.id).await
}

pub async fn of_organization(app: &App, scope: &OrganizationScope) -> Result<OrganizationSettings, store::Error> {
    read_organization(&mut *app.store.read().await?, scope.organization.id).await
}

/// What members may do, in each of several organizations that set it.
pub async fn membership_of(
    app: &App,
    organizations: &[Organization],
) -> Result<HashMap<OrganizationId, MembershipSettings>, store::Error> {
    let ids: Vec<OrganizationId> = organizations.iter().map(|organization| organization.id).collect();
    let mut db = app.store.read().await?;
    let found = store::settings::of_organizations(&mut db, &ids, MembershipSettings::NAME).await?;
    let read = found
        .into_iter()
        .map(|(id, value)| Ok((id, serde_json::from_str(&value)?)));
    read.collect()
}

pub(crate) async fn read_project(db: &mut Connection, project: ProjectId) -> Result<ProjectSettings, store::Error> {
    let topics = store::settings::of_project(db, project).await?;
    Ok(ProjectSettings {
        client: topic(&topics)?,
        filters: topic(&topics)?,
        grouping: topic(&topics)?,
        highlights: topic(&topics)?,
        issues: topic(&topics)?,
        notifications: topic(&topics)?,
        ownership: topic(&topics)?,
        quotas: topic(&topics)?,
        retention: topic(&topics)?,
        sampling: topic(&topics)?,
        scrubbing: topic(&topics)?,
        transaction_names: topic(&topics)?,
    })
}

pub(crate) async fn read_organization(
    db: &mut Connection,
    organization: OrganizationId,
) -> Result<OrganizationSettings, store::Error> {
    let topics = store::settings::of_organization(db, organization).await?;
    Ok(OrganizationSettings {
        quotas: stored(&topics)?.unwrap_or_else(OrganizationTopic::of_new_organization),
        retention: stored(&topics)?.unwrap_or_else(OrganizationTopic::of_new_organization),
        scrubbing: stored(&topics)?.unwrap_or_else(OrganizationTopic::of_new_organization),
    })
}

/// One topic of an organization.
pub(crate) async fn read_topic<T: OrganizationTopic>(
    db: &mut Connection,
    organization: OrganizationId,
) -> Result<T, store::Error> {
    match store::settings::find_of_organization(db, organization, T::NAME).await? {
        Some(value) => Ok(serde_json::from_str(&value)?),
        None => Ok(T::of_new_organization()),
    }
}

/// One topic of a project.
pub(crate) async fn read_of_project<T: ProjectTopic>(
    db: &mut Connection,
    project: ProjectId,
) -> Result<T, store::Error> {
    topic(&store::settings::of_project(db, project).await?)
}

/// A topic of all projects that have set it.
pub(crate) async fn of_all_projects<T: ProjectTopic>(db: &mut Connection) -> Result<Vec<(ProjectId, T)>, store::Error> {
    let values = store::settings::of_all_projects(db, T::NAME).await?;
    let read = |(project, value): (ProjectId, String)| Ok((project, serde_json::from_str(&value)?));
    values.into_iter().map(read).collect()
}

fn topic<T: ProjectTopic>(topics: &[(String, String)]) -> Result<T, store::Error> {
    Ok(stored(topics)?.unwrap_or_default())
}

fn stored<T: ProjectTopic>(topics: &[(String, String)]) -> Result<Option<T>, store::Error> {
    let value = topics.iter().find(|(name, _)| name == T::NAME);
    value.map(|(_, value)| Ok(serde_json::from_str(value)?)).transpose()
}

/// Sets a topic of a project. Processing uses it at once in this process, and within seconds in others.
pub async fn set_of_project<T: ProjectTopic>(app: &App, scope: &ProjectScope, value: &T) -> Result<(), SetError> {
    check(value)?;
    let mut tx = app.store.begin().await?;
    let before: T = topic(&store::settings::of_project(&mut tx, scope.project.id).await?)?;
    write_of_project(&mut tx, scope.project.id, value, app.now()).await?;
    let entry = Entry {
        organization: Some(scope.organization.id),
        action: Action::PROJECT_SETTINGS_EDITED,
        target: Target {
            kind: TargetKind::Project,
            id: scope.project.id.0,
            label: &scope.project.slug,
        },
        change: Change::between(&before, value),
    };
    audit::record(app, &mut tx, &scope.actor, entry).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(())
}

pub(crate) async fn write_of_project<T: ProjectTopic>(
    db: &mut Connection,
    project: ProjectId,
    value: &T,
    at: Timestamp,
) -> Result<(), store::Error> {
    store::settings::set_of_project(db, project, T::NAME, &serde_json::to_string(value)?, at).await
}

/// Sets a topic of an organization.
pub async fn set_of_organization<T: OrganizationTopic>(
    app: &App,
    scope: &OrganizationScope,
    value: &T,
) -> Result<(), SetError> {
    check(value)?;
    let json = serde_json::to_string(value).map_err(store::Error::from)?;
    let mut tx = app.store.begin().await?;
    let before: T = read_topic(&mut tx, scope.organization.id).await?;
    store::settings::set_of_organization(&mut tx, scope.organization.id, T::NAME, &json, app.now()).await?;
    let entry = Entry {
        organization: Some(scope.organization.id),
        action: Action::ORGANIZATION_SETTINGS_EDITED,
        target: Target {
            kind: TargetKind::Organization,
            id: scope.organization.id.0,
            label: &scope.organization.slug,
        },
        change: Change::between(&before, value),
    };
    audit::record(app, &mut tx, &scope.actor, entry).await?;
    tx.commit().await?;
    app.project_configs.forget_organization(scope.organization.id);
    Ok(())
}

fn check<T: ProjectTopic>(value: &T) -> Result<(), SetError> {
    let problems = value.problems();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SetError::Invalid(problems))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "Line {line}, column {column}: {}", self.message),
            (Some(line), None) => write!(f, "Line {line}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl From<filter::SettingsError> for Problem {
    fn from(error: filter::SettingsError) -> Self {
        Self {
            field: error.field,
            line: error.line,
            column: error.column,
            message: error.message,
        }
    }
}

impl From<grouping::SettingsError> for Problem {
    fn from(error: grouping::SettingsError) -> Self {
        Self {
            field: error.field.name().to_owned(),
            line: Some(error.line),
            column: Some(error.column),
            message: error.message,
        }
    }
}

impl From<quota::SettingsError> for Problem {
    fn from(error: quota::SettingsError) -> Self {
        Self {
            field: error.field,
            line: None,
            column: None,
            message: error.message,
        }
    }
}

impl From<scrub::SettingsError> for Problem {
    fn from(error: scrub::SettingsError) -> Self {
        let message = if error.path.is_empty() {
            error.message
        } else {
            format!("{}: {}", error.path, error.message)
        };
        Self {
            field: error.field.to_owned(),
            line: error.line,
            column: error.column,
            message,
        }
    }
}

fn problems<T, E: Into<Problem>>(compiled: Result<T, Vec<E>>) -> Vec<Problem> {
    match compiled {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(Into::into).collect(),
    }
}

impl ProjectTopic for ClientSettings {
    const NAME: &'static str = "client";

    fn problems(&self) -> Vec<Problem> {
        let problem = |line: Option<usize>, message: &str| Problem {
            field: "allowed_domains".to_owned(),
            line,
            column: None,
            message: message.to_owned(),
        };
        if self.allowed_domains.len() > MAX_DOMAINS {
            return vec![problem(None, "there are more than 1,000 domains")];
        }
        let lines = self.allowed_domains.iter().enumerate();
        lines
            .filter(|(_, domain)| domain.trim().contains(char::is_whitespace) || domain.chars().count() > 255)
            .map(|(index, _)| problem(Some(index + 1), "one domain a line, as example.com or *.example.com"))
            .collect()
    }
}

impl ProjectTopic for filter::Settings {
    const NAME: &'static str = "filters";

    fn problems(&self) -> Vec<Problem> {
        problems(filter::Filters::new(self))
    }
}

impl ProjectTopic for grouping::Settings {
    const NAME: &'static str = "grouping";

    fn problems(&self) -> Vec<Problem> {
        problems(grouping::Config::new(self))
    }
}

impl ProjectTopic for IssueSettings {
    const NAME: &'static str = "issues";

    fn problems(&self) -> Vec<Problem> {
        if self.resolve_age_hours <= LONGEST_RESOLVE_AGE {
            return Vec::new();
        }
        vec![Problem {
            field: "resolve_age_hours".to_owned(),
            line: None,
            column: None,
            message: "issues are resolved after at most 30 days, which are 720 hours".to_owned(),
        }]
    }
}

impl ProjectTopic for triage::ownership::Settings {
    const NAME: &'static str = "ownership";

    fn problems(&self) -> Vec<Problem> {
        let problem = |wrong: triage::ownership::RuleProblem| Problem {
            field: "raw".to_owned(),
            line: Some(wrong.line),
            column: None,
            message: wrong.message,
        };
        let wrong = triage::ownership::parse(&self.raw).err().unwrap_or_default();
        wrong.into_iter().map(problem).collect()
    }
}

impl ProjectTopic for quota::Settings {
    const NAME: &'static str = "quotas";

    fn problems(&self) -> Vec<Problem> {
        problems(self.quotas(quota::Scope::Project, 0))
    }
}

impl OrganizationTopic for quota::Settings {
    fn of_new_organization() -> Self {
        Self::default()
    }
}

impl ProjectTopic for quota::sampling::Settings {
    const NAME: &'static str = "sampling";

    fn problems(&self) -> Vec<Problem> {
        problems(quota::sampling::rules(self, &quota::sampling::Inputs::default()))
    }
}

impl ProjectTopic for scrub::Settings {
    const NAME: &'static str = "scrubbing";

    fn problems(&self) -> Vec<Problem> {
        problems(scrub::Scrubber::new(&Self::for_organization(), self))
    }
}

impl OrganizationTopic for scrub::Settings {
    fn of_new_organization() -> Self {
        Self::for_organization()
    }
}

impl ProjectTopic for NameRules {
    const NAME: &'static str = "transaction_names";

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }
}
