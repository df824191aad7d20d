//! Issues that commits say they fix: `Fixes SHOP-1A and SHOP-2`.

use std::collections::BTreeSet;

use model::{ProjectId, UserId};
use store::{Connection, releases::Release};
use triage::{Action, ResolutionKind};

use super::NewCommit;
use crate::{
    App,
    access::OrganizationScope,
    issues::{By, ShortId, apply, find_named},
};

/// The words that a list of issues follows, in lower case.
const WORDS: [&str; 9] = [
    "fix", "fixes", "fixed", "close", "closes", "closed", "resolve", "resolves", "resolved",
];

/// How many issues the commits of one release fix at most.
const MOST: usize = 1_000;

/// Resolves, in a release, the issues of its projects that its commits fix; on behalf of the author where that is a
/// member.
pub(super) async fn resolve(
    app: &App,
    db: &mut Connection,
    scope: &OrganizationScope,
    release: &Release,
    commits: &[NewCommit],
) -> Result<(), store::Error> {
    let organization = scope.organization.id;
    let mut fixed = Vec::new();
    for commit in commits {
        fixed.extend(
            fixed_by(&commit.message)
                .into_iter()
                .map(|id| (id, commit.author_email.as_str())),
        );
    }
    fixed.truncate(MOST);
    if fixed.is_empty() {
        return Ok(());
    }
    let projects = store::releases::projects_of(db, &[release.id]).await?;
    let projects: BTreeSet<ProjectId> = projects.into_iter().map(|(_, project)| project).collect();
    let members = store::users::list(db, organization).await?;
    let now = app.now();
    for (id, email) in fixed {
        let found = find_named(db, organization, &id.to_string()).await?;
        let Some(issue) = found.filter(|issue| projects.contains(&issue.project)) else {
            continue;
        };
        let author: Option<UserId> = members
            .iter()
            .find(|user| user.email.eq_ignore_ascii_case(email))
            .map(|user| user.id);
        let by = author.map_or(By::System, By::User);
        let kind = ResolutionKind::InRelease(triage::Release {
            version: release.version.clone(),
            date: release.ordered_at(),
        });
        for mut tracked in store::issues::states_to_change(db, &[issue.project], &[issue.id]).await? {
            if let Some(step) = triage::act(&tracked.state, &Action::Resolve(kind.clone()), author, now) {
                apply(app, db, &mut tracked, step, by, now).await?;
            }
        }
    }
    Ok(())
}

/// The short ids behind the words, each list as far as it goes.
fn fixed_by(message: &str) -> Vec<ShortId> {
    let mut fixed = Vec::new();
    let mut in_list = false;
    for word in message.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '[' | ']')) {
        let word = word.trim_matches([':', ';', '.', '!', '#', '\'', '"']);
        if WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            in_list = true;
        } else if in_list && !word.is_empty() && word != "&" && !word.eq_ignore_ascii_case("and") {
            match ShortId::parse(word) {
                Some(id) if !fixed.contains(&id) => fixed.push(id),
                Some(_) => {}
                None => in_list = false,
            }
        }
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_short_ids_follow_certain_words() {
        for (message, expected) in [
            ("Fixes SHOP-1A", vec!["SHOP-1A"]),
            (
                "fix: shop-1a, web-app-2 and SHOP-3. More about SHOP-4",
                vec!["SHOP-1A", "WEB-APP-2", "SHOP-3"],
            ),
            (
                "Resolved SHOP-1 & SHOP-2\n\ncloses (SHOP-3)",
                vec!["SHOP-1", "SHOP-2", "SHOP-3"],
            ),
            ("Fixes SHOP-1, fixes SHOP-1", vec!["SHOP-1"]),
            ("Fixes the thing of SHOP-1", vec![]),
            ("prefixes SHOP-1", vec![]),
            ("SHOP-1", vec![]),
            ("Fixes #12 and SHOP-", vec![]),
            ("", vec![]),
        ] {
            let fixed: Vec<String> = fixed_by(message).iter().map(ToString::to_string).collect();
            assert_eq!(fixed, expected, "{message}");
        }
    }
}
