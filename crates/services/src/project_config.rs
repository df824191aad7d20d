//! What the ways of items need to know of a project: its settings, compiled. Read seldom, used for every item.

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{OrganizationId, ProjectId, Timestamp};
use normalize::{GeoDatabase, transaction::NameRules};
use quota::{
    Quota, Scope,
    sampling::{self, Reservoirs},
};
use triage::ownership::{Codeowners, Rules};

use crate::{
    App,
    alert_rules::ProjectAlerts,
    origins::AllowedOrigins,
    settings::{self, OrganizationSettings, ProjectSettings},
};

/// The settings of a project, ready for use.
#[derive(Debug)]
pub struct ProjectConfig {
    pub organization: OrganizationId,
    pub project: ProjectId,
    /// Which pages may send.
    pub origins: AllowedOrigins,
    pub filters: filter::Filters,
    pub scrubber: scrub::Scrubber,
    pub grouping: grouping::Config,
    /// Whose issues are.
    pub ownership: Rules,
    pub transaction_names: NameRules,
    pub geo: Option<Arc<GeoDatabase>>,
    /// Of project and organization. The limit of a key is the key's own and is asked first.
    pub quotas: Vec<Quota>,
    /// In the order in which they are applied.
    pub sampling: Vec<sampling::Rule>,
    /// Of the organization.
    pub reservoirs: Arc<Reservoirs>,
    pub alerts: Arc<ProjectAlerts>,
}

impl ProjectConfig {
    /// Compiles settings. They were checked when they were set; should a newer version find fault with a part, its
    /// defaults are taken, and the log says so: a bad line must neither keep events away nor let personal data through.
    pub fn new(
        (organization, project): (OrganizationId, ProjectId),
        of_organization: &OrganizationSettings,
        of_project: &ProjectSettings,
    ) -> Self {
        let ProjectSettings {
            client,
            filters,
            grouping,
            highlights: _,
            issues: _,
            notifications: _,
            ownership: _,
            quotas,
            retention: _,
            sampling,
            scrubbing,
            transaction_names,
        } = of_project;
        let faults = Faults(project);
        let (filters, wrong) = filter::Filters::valid_part(filters);
        faults.note("filters", &wrong);
        let scrubber = scrub::Scrubber::new(&of_organization.scrubbing, scrubbing).or_else(|wrong| {
            faults.note("scrubbing", &wrong);
            let without_rules = |settings: &scrub::Settings| scrub::Settings {
                relay_pii_config: String::new(),
                ..settings.clone()
            };
            scrub::Scrubber::new(&without_rules(&of_organization.scrubbing), &without_rules(scrubbing))
        });
        let mut limits = faults.part("quotas", quotas.quotas(Scope::Project, project.0));
        limits.extend(faults.part(
            "quotas of the organization",
            of_organization.quotas.quotas(Scope::Organization, organization.0),
        ));
        Self {
            organization,
            project,
            origins: AllowedOrigins::new(&client.allowed_domains),
            filters,
            scrubber: faults.part("scrubbing", scrubber),
            grouping: faults.part("grouping", grouping::Config::new(grouping)),
            ownership: Rules::default(),
            transaction_names: transaction_names.clone(),
            geo: None,
            quotas: limits,
            sampling: faults.part("sampling", sampling::rules(sampling, &sampling::Inputs::default())),
            reservoirs: Arc::default(),
            alerts: Arc::default(),
        }
    }
}

/// Says in the log what of a project's settings cannot be used.
struct Faults(ProjectId);

impl Faults {
    fn note(&self, topic: &str, faults: &[impl Display]) {
        for fault in faults {
            tracing::error!(project.id = %self.0, topic, error = %fault, "a setting cannot be used");
        }
    }

    /// The compiled part, or that of the defaults.
    fn part<T: Default>(&self, topic: &str, compiled: Result<T, Vec<impl Display>>) -> T {
        compiled.unwrap_or_else(|faults| {
            self.note(topic, &faults);
            T::default()
        })
    }
}

/// `None` when the project is gone. Answers are remembered for a moment; changes made by this process count at once.
pub async fn get(
    app: &App,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Option<Arc<ProjectConfig>>, store::Error> {
    let now = app.now();
    if let Some(config) = app.project_configs.get(project, now) {
        return Ok(Some(config).filter(|config| config.organization == organization));
    }
    let generation = app.project_configs.generation();
    let Some(config) = read(app, organization, project).await? else {
        return Ok(None);
    };
    let config = Arc::new(config);
    app.project_configs.set(Arc::clone(&config), now, generation);
    Ok(Some(config))
}

/// The settings with which items are processed once more that were accepted before: as they are now, but every item is
/// wanted. `None` when the project is gone.
pub async fn get_accepting_all(
    app: &App,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Option<Arc<ProjectConfig>>, store::Error> {
    let config = read(app, organization, project).await?;
    Ok(config.map(|config| {
        Arc::new(ProjectConfig {
            filters: filter::Filters::default(),
            sampling: Vec::new(),
            ..config
        })
    }))
}

async fn read(
    app: &App,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Option<ProjectConfig>, store::Error> {
    let mut db = app.store.read().await?;
    if store::projects::find(&mut db, organization, project).await?.is_none() {
        return Ok(None);
    }
    let of_organization = settings::read_organization(&mut db, organization).await?;
    let of_project = settings::read_project(&mut db, project).await?;
    let codeowners = store::codeowners::list(&mut db, project).await?;
    let codeowners: Vec<Codeowners> = codeowners.into_iter().map(|file| file.file).collect();
    let ownership = Rules::new(&of_project.ownership, &codeowners).map_err(|wrong| {
        let wrong: Vec<String> = wrong.into_iter().map(|problem| problem.message).collect();
        wrong
    });
    Ok(Some(ProjectConfig {
        ownership: Faults(project).part("ownership", ownership),
        geo: app.geo.get().cloned(),
        reservoirs: app.counters.reservoirs_of(organization),
        alerts: Arc::new(ProjectAlerts::load(&mut db, project, app.now()).await?),
        ..ProjectConfig::new((organization, project), &of_organization, &of_project)
    }))
}

/// Compiled settings by project.
#[derive(Debug, Default)]
pub(crate) struct ConfigCache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    configs: HashMap<ProjectId, (Timestamp, Arc<ProjectConfig>)>,
    /// Counts the changes, so that what was read before one is not kept behind it.
    generation: u64,
}

impl ConfigCache {
    /// Other processes change settings too (`tocsin setup`, later a second server).
    const LIFETIME: Duration = Duration::from_secs(5);
    const CAPACITY: usize = 1_000;

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn generation(&self) -> u64 {
        self.entries().generation
    }

    fn get(&self, project: ProjectId, now: Timestamp) -> Option<Arc<ProjectConfig>> {
        let entries = self.entries();
        let (at, config) = entries.configs.get(&project)?;
        // A test clock may step back: an entry from the future is old as well.
        (now >= *at && now.since(*at) < Self::LIFETIME).then(|| Arc::clone(config))
    }

    fn set(&self, config: Arc<ProjectConfig>, now: Timestamp, generation: u64) {
        let mut entries = self.entries();
        if entries.generation != generation {
            return;
        }
        if entries.configs.len() >= Self::CAPACITY {
            entries.configs.clear();
        }
        entries.configs.insert(config.project, (now, config));
    }

    pub(crate) fn forget(&self, project: ProjectId) {
        let mut entries = self.entries();
        entries.generation += 1;
        entries.configs.remove(&project);
    }

    pub(crate) fn forget_organization(&self, organization: OrganizationId) {
        let mut entries = self.entries();
        entries.generation += 1;
        entries
            .configs
            .retain(|_, (_, config)| config.organization != organization);
    }
}
