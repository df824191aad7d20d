use serde_json::json;
use store::projects::Environment;

use crate::{
    App,
    access::{OrganizationScope, ProjectScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

/// Which environments a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    #[default]
    Visible,
    Hidden,
    All,
}

impl Visibility {
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "visible" => Self::Visible,
            "hidden" => Self::Hidden,
            "all" => Self::All,
            _ => return None,
        })
    }

    pub fn shows(self, environment: &Environment) -> bool {
        match self {
            Self::Visible => !environment.is_hidden,
            Self::Hidden => environment.is_hidden,
            Self::All => true,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("the project has no environment {0:?}")]
    Unknown(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The environments of all visible projects, hidden ones too: projects in the order of their ids, then by name.
pub async fn environments(app: &App, scope: &OrganizationScope) -> Result<Vec<Environment>, store::Error> {
    let mut all = store::projects::environments(&mut *app.store.read().await?, scope.organization.id).await?;
    all.retain(|environment| scope.visible.has(environment.project));
    Ok(all)
}

/// The environments of one project, hidden ones too, by name.
pub async fn of_project(app: &App, scope: &ProjectScope) -> Result<Vec<Environment>, store::Error> {
    let mut all = store::projects::environments(&mut *app.store.read().await?, scope.organization.id).await?;
    all.retain(|environment| environment.project == scope.project.id);
    Ok(all)
}

/// Takes environments out of lists, or offers them again. None is changed when one is unknown.
pub async fn set_hidden(
    app: &App,
    scope: &ProjectScope,
    names: &[String],
    is_hidden: bool,
) -> Result<Vec<Environment>, EnvironmentError> {
    let known = of_project(app, scope).await?;
    let mut tx = app.store.begin().await?;
    let mut changed: Vec<Environment> = Vec::new();
    for name in names {
        if changed.iter().any(|done| done.name == *name) {
            continue;
        }
        let before = known.iter().find(|environment| environment.name == *name);
        let before = before.ok_or_else(|| EnvironmentError::Unknown(name.clone()))?;
        store::projects::set_environment_hidden(&mut tx, scope.project.id, name, is_hidden).await?;
        if before.is_hidden != is_hidden {
            let fields = |is_hidden: bool| json!({"environment": name, "isHidden": is_hidden});
            let entry = Entry {
                organization: Some(scope.organization.id),
                action: Action::ENVIRONMENT_EDITED,
                target: Target {
                    kind: TargetKind::Environment,
                    id: scope.project.id.0,
                    label: name,
                },
                change: Change::between(&fields(before.is_hidden), &fields(is_hidden)),
            };
            audit::record(app, &mut tx, &scope.actor, entry).await?;
        }
        changed.push(Environment {
            is_hidden,
            ..before.clone()
        });
    }
    tx.commit().await?;
    Ok(changed)
}
