//! Which release is the newest, and which one users have taken up.

use std::cmp::Ordering;

use alerts::{AdoptedRelease, Answer};
use model::{OrganizationId, ProjectId};
use store::{
    Connection,
    issues::Standing,
    releases::{self, ReleaseOrder},
};

use crate::issues::RECENT;

/// The newest release of a project, in an environment where one is named.
pub(super) async fn latest(
    db: &mut Connection,
    project: ProjectId,
    environment: Option<&str>,
) -> Result<Answer, store::Error> {
    Ok(Answer::LatestRelease(newest(db, project, environment).await?))
}

async fn newest(
    db: &mut Connection,
    project: ProjectId,
    environment: Option<&str>,
) -> Result<Option<String>, store::Error> {
    let recent = recent(db, project).await?;
    let order = match recent.first() {
        Some(newest) if triage::follows_semver(newest, &recent) => ReleaseOrder::Version,
        _ => ReleaseOrder::Date,
    };
    let environments: Vec<String> = environment.map(str::to_owned).into_iter().collect();
    releases::latest(db, project, &environments, order).await
}

async fn recent(db: &mut Connection, project: ProjectId) -> Result<Vec<String>, store::Error> {
    let recent = releases::recent(db, project, RECENT).await?;
    Ok(recent.into_iter().map(|release| release.version).collect())
}

/// How a release of an issue stands to the one that users have taken up: the newest one from which events came in the
/// environment.
pub(super) async fn adopted(
    db: &mut Connection,
    (organization, project): (OrganizationId, ProjectId),
    asked: &AdoptedRelease,
    standing: &Standing,
) -> Result<Answer, store::Error> {
    let of_issue = match asked.is_of_oldest() {
        true => standing.first_release.clone(),
        false => standing.last_release.clone(),
    };
    let adopted = newest(db, project, Some(&asked.environment)).await?;
    let mut order = None;
    if let (Some(of_issue), Some(adopted)) = (&of_issue, &adopted) {
        let known = releases::find_many(db, organization, &[of_issue, adopted]).await?;
        let find = |version: &str| known.iter().find(|release| release.version == version);
        if let (Some(one), Some(other)) = (find(of_issue), find(adopted)) {
            let recent = recent(db, project).await?;
            order = Some(if triage::comes_after(one, other, &recent) {
                Ordering::Greater
            } else if triage::comes_after(other, one, &recent) {
                Ordering::Less
            } else {
                Ordering::Equal
            });
        }
    }
    Ok(Answer::AdoptedRelease {
        of_issue,
        adopted,
        order,
    })
}
