use std::collections::HashMap;

use model::{IssueId, ProjectId};
use store::events::Cell;

use crate::{App, access::OrganizationScope, issues::ShortId};

/// What the ids in an answer are called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Slugs.
    pub projects: HashMap<ProjectId, String>,
    /// Short ids; an issue that is gone has none.
    pub issues: HashMap<IssueId, String>,
}

/// Looks up what these cells name.
pub async fn names<'a>(
    app: &App,
    scope: &OrganizationScope,
    cells: impl IntoIterator<Item = &'a Cell>,
) -> Result<Names, store::Error> {
    let mut names = Names::default();
    let (mut issues, mut about_projects) = (Vec::new(), false);
    for cell in cells {
        match cell {
            Cell::Issue(issue) => issues.push(*issue),
            Cell::Project(_) => about_projects = true,
            _ => {}
        }
    }
    let mut db = app.store.read().await?;
    if about_projects {
        let projects = store::projects::list(&mut db, scope.organization.id).await?;
        let projects = scope.visible.keep(projects);
        names.projects = projects.into_iter().map(|project| (project.id, project.slug)).collect();
    }
    issues.sort_unstable();
    issues.dedup();
    // So many placeholders are allowed everywhere.
    for some in issues.chunks(500) {
        for issue in store::issues::find_all(&mut db, scope.organization.id, some).await? {
            names.issues.insert(issue.id, ShortId::of(&issue).to_string());
        }
    }
    Ok(names)
}
