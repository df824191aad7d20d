//! What can be said of a rule only by those who know the organization and the fields of events.

use std::collections::BTreeSet;

use alerts::{Problem, metric::MetricRule};
use model::{Assignee, ProjectId, TeamId, UserId};

use super::{change::Draft, source::Source};
use crate::{
    App,
    access::{AccessError, OrganizationScope, permission},
};

/// How many projects one rule is about at most.
const MOST_PROJECTS: usize = 50;

/// How long a search may be.
const LONGEST_QUERY: usize = 4_000;

/// Everything that is wrong with it.
pub(super) async fn problems(
    app: &App,
    scope: &OrganizationScope,
    draft: &Draft,
) -> Result<Vec<Problem>, store::Error> {
    let mut problems = Vec::new();
    projects(app, scope, &draft.projects, &mut problems).await?;
    measure(app, &draft.rule, &mut problems);
    if let Some(owner) = draft.owner
        && !exists(app, scope, owner).await?
    {
        problems.push(Problem::new("owner", "This owner does not belong to the organization."));
    }
    if let Some(problem) = targets(app, scope, &draft.rule).await? {
        problems.push(problem);
    }
    Ok(problems)
}

async fn projects(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    problems: &mut Vec<Problem>,
) -> Result<(), store::Error> {
    if projects.is_empty() {
        problems.push(Problem::new("projects", "This field is required."));
    } else if projects.len() > MOST_PROJECTS {
        problems.push(Problem::new(
            "projects",
            format!("A rule is about {MOST_PROJECTS} projects at most."),
        ));
    } else {
        // Those of other organizations, and those that the actor does not see, are none.
        let known = crate::projects::list(app, scope).await?;
        for project in projects {
            let is_known = known.iter().any(|known| known.id == *project);
            let allowed = scope.require_in_project(app, *project, permission::ALERTS_WRITE).await;
            match allowed {
                Err(AccessError::Store(error)) => return Err(error),
                Ok(()) if is_known => {}
                _ => {
                    let message = "Invalid project, or you may not write alerts for it.";
                    problems.push(Problem::new("projects", message));
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The function and the search.
fn measure(app: &App, rule: &MetricRule, problems: &mut Vec<Problem>) {
    if rule.query.chars().count() > LONGEST_QUERY {
        problems.push(Problem::new(
            "query",
            format!("The search is longer than {LONGEST_QUERY} characters."),
        ));
    } else if let Err(error) = Source::of(rule, app.now()) {
        let (field, message) = error.for_field();
        problems.push(Problem::new(field, message));
    }
}

async fn exists(app: &App, scope: &OrganizationScope, who: Assignee) -> Result<bool, store::Error> {
    let mut db = app.store.read().await?;
    let organization = scope.organization.id;
    Ok(match who {
        Assignee::User(user) => store::members::find(&mut db, organization, user).await?.is_some(),
        Assignee::Team(team) => store::teams::list(&mut db, organization)
            .await?
            .iter()
            .any(|of| of.id == team),
    })
}

/// The first action that would tell nobody.
async fn targets(app: &App, scope: &OrganizationScope, rule: &MetricRule) -> Result<Option<Problem>, store::Error> {
    let actions = rule.triggers().flat_map(|(_, trigger)| &trigger.actions);
    let mut asked = BTreeSet::new();
    for action in actions {
        let Some(target) = action
            .target
            .as_deref()
            .filter(|_| asked.insert((action.target_type.name(), &action.target)))
        else {
            continue;
        };
        let refused = |message: String| Ok(Some(Problem::new("triggers", message)));
        let who = match (action.kind.as_str(), action.target_type) {
            (_, alerts::metric::TargetType::User) => target.parse().ok().map(|id| Assignee::User(UserId(id))),
            (_, alerts::metric::TargetType::Team) => target.parse().ok().map(|id| Assignee::Team(TeamId(id))),
            ("email", _) if crate::users::normalized(target).is_none() => {
                return refused(format!("{target:?} is no e-mail address."));
            }
            ("webhook", _) if !(target.starts_with("https://") || target.starts_with("http://")) => {
                return refused(format!("{target:?} is no address: expected https://…"));
            }
            _ => continue,
        };
        let known = match who {
            Some(who) => exists(app, scope, who).await?,
            None => false,
        };
        if !known {
            return refused(format!(
                "The {} {target} does not belong to the organization.",
                action.target_type.name()
            ));
        }
    }
    Ok(None)
}
