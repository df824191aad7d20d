//! Whose issues are: rules, CODEOWNERS files, and the owners that follow from them.

use std::collections::{BTreeSet, HashMap};

use model::{Assignee, CodeownersId, IssueId, OrganizationId, ProjectId};
use serde_json::json;
use store::{
    Connection,
    codeowners::CodeownersFile,
    issue_owners::{self, IssueOwner},
    issues::Issue,
};
use triage::ownership::{Codeowners, Matched, OwnerName, RuleProblem, Rules, Settings, parse};

use crate::{
    App,
    access::{AccessError, MembershipSettings, ProjectScope},
    audit::Change,
    settings::{self, SetError},
};

/// How large a CODEOWNERS file may be, in bytes; GitHub takes 3 MB.
const LARGEST_FILE: usize = 1_000_000;

/// How many of them a project may have.
const MOST_FILES: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum OwnershipError {
    #[error("{}", .0.first().map_or("invalid rules", |problem| problem.message.as_str()))]
    Rules(Vec<RuleProblem>),
    /// They are neither members nor teams of the project.
    #[error("invalid rule owners: {}", .0.join(", "))]
    UnknownOwners(Vec<String>),
    #[error("a CODEOWNERS file may have 1 MB")]
    TooLarge,
    #[error("a project may have 20 CODEOWNERS files")]
    TooMany,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Settings of a project with what its rules name.
#[derive(Debug, Clone, PartialEq)]
pub struct Ownership {
    pub settings: Settings,
    /// Those of the names in the rules that mean somebody.
    pub known: HashMap<OwnerName, Assignee>,
}

pub async fn get(app: &App, scope: &ProjectScope) -> Result<Ownership, store::Error> {
    let settings = settings::of_project(app, scope).await?.ownership;
    let names = names_in(&settings);
    let mut db = app.store.read().await?;
    Ok(Ownership {
        known: find_owners(&mut db, scope.organization.id, scope.project.id, &names).await?,
        settings,
    })
}

fn names_in(settings: &Settings) -> BTreeSet<OwnerName> {
    let rules = parse(&settings.raw).unwrap_or_default();
    rules.into_iter().flat_map(|rule| rule.owners).collect()
}

/// Sets rules and what follows from them. New events obey at once.
pub async fn set(app: &App, scope: &ProjectScope, mut new: Settings) -> Result<Ownership, OwnershipError> {
    parse(&new.raw).map_err(OwnershipError::Rules)?;
    let names = names_in(&new);
    let known = {
        let mut db = app.store.read().await?;
        find_owners(&mut db, scope.organization.id, scope.project.id, &names).await?
    };
    let unknown = names.iter().filter(|name| !known.contains_key(*name));
    let unknown: Vec<String> = unknown.map(ToString::to_string).collect();
    if !unknown.is_empty() {
        return Err(OwnershipError::UnknownOwners(unknown));
    }
    let now = app.now();
    new.created_at = new.created_at.or(Some(now));
    new.changed_at = Some(now);
    match settings::set_of_project(app, scope, &new).await {
        Ok(()) => Ok(Ownership { settings: new, known }),
        Err(SetError::Store(error)) => Err(error.into()),
        Err(SetError::Invalid(problems)) => {
            let problem = |problem: settings::Problem| RuleProblem {
                line: problem.line.unwrap_or(1),
                message: problem.message,
            };
            Err(OwnershipError::Rules(problems.into_iter().map(problem).collect()))
        }
    }
}

/// What names in rules mean in a project.
pub(crate) async fn find_owners(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    names: &BTreeSet<OwnerName>,
) -> Result<HashMap<OwnerName, Assignee>, store::Error> {
    let (mut slugs, mut emails) = (Vec::new(), Vec::new());
    for name in names {
        match name {
            OwnerName::Team(slug) => slugs.push(slug.as_str()),
            OwnerName::User(email) => emails.push(email.as_str()),
        }
    }
    let mut known = HashMap::new();
    if !slugs.is_empty() {
        let teams = issue_owners::teams(db, organization, project, &slugs).await?;
        known.extend(
            teams
                .into_iter()
                .map(|(slug, id)| (OwnerName::Team(slug), Assignee::Team(id))),
        );
    }
    if !emails.is_empty() {
        // Nobody is told about issues of a project that they do not see.
        let membership: MembershipSettings = settings::read_topic(db, organization).await?;
        let users = issue_owners::users(db, organization, project, membership.open_membership, &emails).await?;
        known.extend(
            users
                .into_iter()
                .map(|(email, id)| (OwnerName::User(email), Assignee::User(id))),
        );
    }
    Ok(known)
}

pub async fn list_codeowners(app: &App, scope: &ProjectScope) -> Result<Vec<CodeownersFile>, store::Error> {
    store::codeowners::list(&mut *app.store.read().await?, scope.project.id).await
}

pub async fn get_codeowners(app: &App, scope: &ProjectScope, id: CodeownersId) -> Result<CodeownersFile, AccessError> {
    let found = store::codeowners::find(&mut *app.store.read().await?, scope.project.id, id).await?;
    found.ok_or(AccessError::NotFound)
}

pub async fn create_codeowners(
    app: &App,
    scope: &ProjectScope,
    file: Codeowners,
) -> Result<CodeownersFile, OwnershipError> {
    if list_codeowners(app, scope).await?.len() >= MOST_FILES {
        return Err(OwnershipError::TooMany);
    }
    let now = app.now();
    let file = CodeownersFile {
        id: CodeownersId(app.ids.next()),
        project: scope.project.id,
        file,
        created_at: now,
        changed_at: now,
    };
    write_codeowners(app, scope, &file, Change::created(&told(&file))).await?;
    Ok(file)
}

pub async fn update_codeowners(
    app: &App,
    scope: &ProjectScope,
    before: CodeownersFile,
    file: Codeowners,
) -> Result<CodeownersFile, OwnershipError> {
    let told_before = told(&before);
    let file = CodeownersFile {
        file,
        changed_at: app.now(),
        ..before
    };
    write_codeowners(app, scope, &file, Change::between(&told_before, &told(&file))).await?;
    Ok(file)
}

async fn write_codeowners(
    app: &App,
    scope: &ProjectScope,
    file: &CodeownersFile,
    change: Change,
) -> Result<(), OwnershipError> {
    if file.file.raw.len() > LARGEST_FILE {
        return Err(OwnershipError::TooLarge);
    }
    let mut tx = app.store.begin().await?;
    store::codeowners::set(&mut tx, file).await?;
    crate::projects::record_settings(app, &mut tx, scope, change).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(())
}

pub async fn delete_codeowners(app: &App, scope: &ProjectScope, id: CodeownersId) -> Result<(), AccessError> {
    let file = get_codeowners(app, scope, id).await?;
    let mut tx = app.store.begin().await?;
    if !store::codeowners::delete(&mut tx, scope.project.id, id).await? {
        return Err(AccessError::NotFound);
    }
    crate::projects::record_settings(app, &mut tx, scope, Change::removed(&told(&file))).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(())
}

/// What the audit log keeps of a file; of a long one the beginning.
fn told(file: &CodeownersFile) -> serde_json::Value {
    let CodeownersFile { id, file, .. } = file;
    json!({
        "codeowners": id.to_string(),
        "raw": file.raw.chars().take(10_000).collect::<String>(),
        "source_root": file.source_root,
        "stack_root": file.stack_root,
        "names": file.names,
    })
}

/// The owners of several issues, the first one first.
pub async fn owners_of(app: &App, issues: &[Issue]) -> Result<HashMap<IssueId, Vec<IssueOwner>>, store::Error> {
    let mut owners: HashMap<IssueId, Vec<IssueOwner>> = HashMap::new();
    if issues.is_empty() {
        return Ok(owners);
    }
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let projects: Vec<ProjectId> = issues.iter().map(|issue| issue.project).collect();
    for owner in issue_owners::list(&mut *app.store.read().await?, &projects, &ids).await? {
        owners.entry(owner.issue).or_default().push(owner);
    }
    Ok(owners)
}

/// The rules that one event matches, with those whom they name; the rule that decides first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventOwners {
    pub matched: Vec<Matched>,
    pub known: HashMap<OwnerName, Assignee>,
}

/// As `settings` would have it; without them, as the project's do.
pub async fn of_event(
    app: &App,
    scope: &ProjectScope,
    event: &protocol::event::Event,
    settings: Option<&Settings>,
) -> Result<EventOwners, OwnershipError> {
    let stored = match settings {
        Some(_) => None,
        None => Some(settings::of_project(app, scope).await?.ownership),
    };
    let files = list_codeowners(app, scope).await?;
    let files: Vec<Codeowners> = files.into_iter().map(|file| file.file).collect();
    let settings = settings.or(stored.as_ref());
    let rules = match settings {
        Some(settings) => Rules::new(settings, &files).map_err(OwnershipError::Rules)?,
        None => Rules::default(),
    };
    let matched = rules.matched(event, || normalize::index_tags(event));
    let names = matched
        .iter()
        .flat_map(|matched| matched.owners.iter().cloned())
        .collect();
    let mut db = app.store.read().await?;
    Ok(EventOwners {
        known: find_owners(&mut db, scope.organization.id, scope.project.id, &names).await?,
        matched,
    })
}
