//! Every change tells of itself once, whoever makes it and however many make it at once.

use std::path::Path;

use ::model::{ActivityKind, Assignee, IssueId, IssueStatus, Priority, Substatus};
use services::issues::{self, IssueChange, NewStatus, ResolvedIn};

use super::{more, of_release, until};
use crate::installation::Installation;

#[tokio::test]
async fn one_activity_per_change() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_release("shop@1.0.0")).await;
        let me = installation.organization().actor.user_id().unwrap();
        let status = |status: NewStatus| IssueChange {
            status: Some(status),
            ..IssueChange::default()
        };
        let assignee = |assignee: Option<Assignee>| IssueChange {
            assignee: Some(assignee),
            ..IssueChange::default()
        };
        let priority = |priority: Priority| IssueChange {
            priority: Some(priority),
            ..IssueChange::default()
        };
        let mut expected = Vec::new();
        for (change, kind) in [
            (
                IssueChange {
                    review: Some(false),
                    ..IssueChange::default()
                },
                ActivityKind::MarkReviewed,
            ),
            (priority(Priority::Low), ActivityKind::SetPriority),
            (assignee(Some(Assignee::User(me))), ActivityKind::Assigned),
            (assignee(None), ActivityKind::Unassigned),
            (status(IssueStatus::Resolved.into()), ActivityKind::SetResolved),
            (
                status(NewStatus::Resolved(ResolvedIn::LatestRelease)),
                ActivityKind::SetResolvedInRelease,
            ),
            (status(NewStatus::Unresolved(None)), ActivityKind::SetUnresolved),
            (status(IssueStatus::Ignored.into()), ActivityKind::SetIgnored),
            (status(until(None, more(5, None), None)), ActivityKind::SetIgnored),
            (
                status(NewStatus::Unresolved(Some(Substatus::Escalating))),
                ActivityKind::SetEscalating,
            ),
        ] {
            expected.push(kind);
            // The second time nothing changes, so nothing is told.
            for _ in 0..2 {
                installation.change(id, change.clone()).await;
            }
            let told: Vec<ActivityKind> = installation.told(id).await.into_iter().rev().collect();
            assert_eq!(told, expected, "{change:?}");
        }
        let issue = installation.issue(id).await;
        let activities = issues::activities(&installation.app, &issue, 100).await.unwrap();
        assert!(activities.is_sorted_by(|newer, older| newer.id > older.id));
        assert!(activities.iter().all(|activity| activity.user == Some(me)));
    })
    .await;
}

#[tokio::test]
async fn of_several_who_do_the_same_at_once_one_does_it() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            let sent = crate::moving::Sent {
                name,
                ..crate::moving::Sent::default()
            };
            ids.push(installation.later(&sent).await);
        }
        let (app, scope) = (&installation.app, &installation.organization());
        let resolve = async |ids: Vec<IssueId>| {
            let found = issues::find_all(app, scope, &ids).await.unwrap();
            let change = IssueChange {
                status: Some(IssueStatus::Resolved.into()),
                ..IssueChange::default()
            };
            issues::update(app, scope, &found, change).await.unwrap();
        };
        let backwards: Vec<IssueId> = ids.iter().rev().copied().collect();
        tokio::join!(
            resolve(ids.clone()),
            resolve(backwards.clone()),
            resolve(ids.clone()),
            resolve(backwards)
        );
        for id in ids {
            assert_eq!(installation.told(id).await, [ActivityKind::SetResolved]);
        }
    })
    .await;
}

/// Webhooks and alerts will read activities: what writes beside the one operation would be missed by them.
#[test]
fn nothing_writes_states_or_activities_but_the_one_operation() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    for of in std::fs::read_dir(crates).unwrap() {
        collect(&of.unwrap().path().join("src"), &mut sources);
    }
    assert!(sources.len() > 100);
    let check = |text: &str, allowed: &[&str]| {
        let mut found: Vec<String> = sources
            .iter()
            .filter(|(_, source)| source.contains(text))
            .map(|(path, _)| path.strip_prefix(crates).unwrap().display().to_string())
            .collect();
        found.sort();
        assert_eq!(found, allowed, "{text}");
    };
    check("INSERT INTO issue_activities", &["store/src/issues/activity.rs"]);
    check("issues::add_activity(", &["services/src/issues/change/apply.rs"]);
    check("issues::set_state(", &["services/src/issues/change/apply.rs"]);
    check("issues::set_assignee(", &["services/src/issues/change/apply.rs"]);
}

fn collect(folder: &Path, sources: &mut Vec<(std::path::PathBuf, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}
