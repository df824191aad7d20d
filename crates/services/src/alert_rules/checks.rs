//! What can be wrong with a rule that only the database knows: whom it names.

use alerts::{Action, AssignTarget, IssueRule, MailTarget, Problem};
use model::{Assignee, TeamId, UserId};

use super::{RuleDraft, RuleError, is_set_up};
use crate::{
    App,
    access::ProjectScope,
    issues::{Assignable, assignable},
};

/// Whether owner and targets are there. The rule itself was checked when it was read.
pub(super) async fn check(app: &App, scope: &ProjectScope, draft: &RuleDraft) -> Result<(), RuleError> {
    let known = assignable(app, scope.whole(), scope.project.id).await?;
    let mut problems = targets(&draft.rule, &known);
    for action in draft.rule.all_actions().filter(|action| !is_set_up(app, action.kind)) {
        problems.push(Problem {
            field: "actions",
            message: format!("The service {} is not set up here.", action.slug()),
        });
    }
    if let Some(owner) = draft.owner
        && !is_there(app, scope, owner).await?
    {
        problems.push(Problem {
            field: "owner",
            message: match owner {
                Assignee::User(_) => "The owner is no member of this organization.".to_owned(),
                Assignee::Team(_) => "The owner is no team of this organization.".to_owned(),
            },
        });
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RuleError::Invalid(problems))
    }
}

async fn is_there(app: &App, scope: &ProjectScope, owner: Assignee) -> Result<bool, store::Error> {
    let organization = scope.organization.id;
    let mut db = app.store.read().await?;
    Ok(match owner {
        Assignee::User(user) => store::members::find(&mut db, organization, user).await?.is_some(),
        Assignee::Team(team) => store::teams::find(&mut db, organization, team).await?.is_some(),
    })
}

/// Whom actions name who could not be told.
fn targets(rule: &IssueRule, known: &Assignable) -> Vec<Problem> {
    let wrong = rule.all_actions().filter_map(|action| wrong_target(action, known));
    wrong
        .map(|message| Problem {
            field: "actions",
            message: message.to_owned(),
        })
        .collect()
}

fn wrong_target(action: &Action, known: &Assignable) -> Option<&'static str> {
    let (team, member): (Option<TeamId>, Option<UserId>) = match (action.mail(), action.assign()) {
        (Some(mail), _) => match mail.target {
            MailTarget::Team(team) => (Some(team), None),
            MailTarget::Member(user) => (None, Some(user)),
            MailTarget::IssueOwners | MailTarget::Address(_) => (None, None),
        },
        (None, Some(AssignTarget::Team(team))) => (Some(team), None),
        (None, Some(AssignTarget::Member(user))) => (None, Some(user)),
        (None, _) => (None, None),
    };
    if team.is_some_and(|team| known.team(team).is_none()) {
        return Some("This team is not part of the project.");
    }
    if member.is_some_and(|user| known.user(user).is_none()) {
        return Some("This user is not part of the project.");
    }
    None
}
