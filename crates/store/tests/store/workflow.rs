//! The states of issues, and what is told of them: what is written is read.

use std::{collections::HashSet, time::Duration};

use model::{ActivityId, ActivityKind, Assignee, IssueId, Priority, ProjectId, Substatus, Timestamp};
use serde_json::{Map, json};
use store::{
    Connection,
    issue_owners::{self, IssueOwner, OwnerKind},
    issues::{self, Forecast, IssueActivity},
};
use triage::{Action, Release, ResolutionKind, Snooze, State, Target};

use crate::seed::{ORGANIZATION, PROJECT, USER, at, issue, seeded};

const MINUTE: Duration = Duration::from_secs(60);

async fn state(db: &mut Connection, id: IssueId) -> State {
    issues::states(db, &[PROJECT], &[id]).await.unwrap().remove(0).state
}

#[tokio::test]
async fn every_state_is_read_as_it_was_written() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        let release = |version: &str| Release {
            version: version.to_owned(),
            date: at(7),
        };
        let target = |more, window: Option<u32>| {
            Some(Target {
                more,
                window: window.map(|minutes| MINUTE * minutes),
                base: 1,
            })
        };
        let condition = |events, users, until| Action::Archive(Snooze::UntilCondition { events, users, until });
        for (action, due) in [
            (Action::SetPriority(Priority::Low), Some(at(10) + triage::UNTIL_ONGOING)),
            (Action::MarkReviewed, Some(at(10) + triage::UNTIL_ONGOING)),
            (Action::Resolve(ResolutionKind::Now), None),
            (Action::Resolve(ResolutionKind::InRelease(release("shop@1"))), None),
            (
                Action::Resolve(ResolutionKind::InNextRelease {
                    after: release("größer\u{1f600}"),
                }),
                None,
            ),
            (Action::Resolve(ResolutionKind::ByAge), None),
            (
                Action::Resolve(ResolutionKind::InCommit {
                    repository: "acme/shop".to_owned(),
                    commit: "f00".to_owned(),
                }),
                None,
            ),
            (Action::Archive(Snooze::Forever), None),
            (Action::Archive(Snooze::UntilEscalating), None),
            (condition(target(100, None), None, None), None),
            (
                condition(target(5, Some(10)), target(2, Some(10_080)), Some(at(900))),
                Some(at(900)),
            ),
            (condition(None, target(1, None), None), None),
            (Action::Reopen, None),
            (
                Action::SetSubstatus(Substatus::Escalating),
                Some(at(100) + triage::UNTIL_ONGOING),
            ),
            (
                Action::SetSubstatus(Substatus::Regressed),
                Some(at(100) + triage::UNTIL_ONGOING),
            ),
            (Action::AskForReview, Some(at(100) + triage::UNTIL_ONGOING)),
        ] {
            let tracked = issues::states_to_change(&mut tx, &[PROJECT], &[id])
                .await
                .unwrap()
                .remove(0);
            let step = triage::act(&tracked.state, &action, Some(USER), at(100)).unwrap();
            issues::set_state(&mut tx, &tracked, &step.state, Some(USER), at(100))
                .await
                .unwrap();
            assert_eq!(state(&mut tx, id).await, step.state, "{action:?}");
            let waits = |due: &[issues::Tracked]| due.iter().any(|issue| issue.id == id);
            let before = due.map_or(Timestamp(i64::MAX), |due| Timestamp(due.0 - 1));
            assert!(!waits(&issues::due(&mut tx, before, 10).await.unwrap()), "{action:?}");
            if let Some(due) = due {
                assert!(waits(&issues::due(&mut tx, due, 10).await.unwrap()), "{action:?}");
            }
        }
        let other = issues::states(&mut tx, &[ProjectId(11)], &[id]).await.unwrap();
        assert_eq!(other, [], "of another project");
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn quiet_issues_and_those_without_a_forecast_are_found() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (
            issue(&mut tx, 1, "First", 10).await,
            issue(&mut tx, 2, "Second", 20).await,
        );
        let ids = |found: Vec<issues::Tracked>| found.into_iter().map(|issue| issue.id).collect::<Vec<_>>();
        assert_eq!(ids(issues::quiet(&mut tx, PROJECT, at(9), 10).await.unwrap()), []);
        assert_eq!(ids(issues::quiet(&mut tx, PROJECT, at(10), 10).await.unwrap()), [one]);
        assert_eq!(ids(issues::quiet(&mut tx, PROJECT, at(20), 1).await.unwrap()), [one]);
        assert_eq!(
            ids(issues::quiet(&mut tx, ProjectId(11), at(20), 10).await.unwrap()),
            []
        );
        for id in [one, two] {
            crate::seed::act(&mut tx, id, Action::Archive(Snooze::UntilEscalating), at(30)).await;
        }
        assert_eq!(ids(issues::quiet(&mut tx, PROJECT, at(20), 10).await.unwrap()), []);
        assert_eq!(
            ids(issues::without_forecast(&mut tx, at(0), 10).await.unwrap()),
            [one, two]
        );
        let forecast = Forecast {
            from: at(40),
            ceilings: vec![7, 8],
        };
        issues::set_forecast(&mut tx, PROJECT, one, &forecast).await.unwrap();
        issues::set_forecast(&mut tx, ProjectId(11), two, &forecast)
            .await
            .unwrap();
        let known = issues::states(&mut tx, &[PROJECT], &[one]).await.unwrap().remove(0);
        assert_eq!((known.forecast, known.archived_by), (Some(forecast), Some(USER)));
        assert_eq!(ids(issues::without_forecast(&mut tx, at(40), 10).await.unwrap()), [two]);
        assert_eq!(
            ids(issues::without_forecast(&mut tx, at(41), 10).await.unwrap()),
            [one, two]
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn rates_are_counted_by_minutes_and_end_with_their_snooze() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        let snooze = |more| {
            Action::Archive(Snooze::UntilCondition {
                events: Some(Target {
                    more,
                    window: Some(MINUTE),
                    base: 1,
                }),
                users: None,
                until: None,
            })
        };
        crate::seed::act(&mut tx, id, snooze(5), at(20)).await;
        let first = at(0).seconds() / 60;
        for minutes in [&[(id, first, 3), (id, first + 1, 4)][..], &[(id, first + 1, 1)], &[]] {
            issues::count_minutes(&mut tx, minutes).await.unwrap();
        }
        for (since, events) in [(first, Some(8)), (first + 1, Some(5)), (first + 2, None)] {
            let counted = issues::events_since(&mut tx, &[id], since).await.unwrap();
            assert_eq!(counted.get(&id).copied(), events);
        }
        for (users, seconds) in [(HashSet::from(["a", "b"]), 10), (HashSet::from(["b"]), 20)] {
            issues::see_users(&mut tx, id, &users, at(seconds)).await.unwrap();
        }
        for (since, users) in [(9, 2), (10, 1), (20, 0)] {
            assert_eq!(issues::users_since(&mut tx, id, at(since)).await.unwrap(), users);
        }
        issues::forget_rates(&mut tx, at(60)).await.unwrap();
        assert_eq!(issues::events_since(&mut tx, &[id], 0).await.unwrap()[&id], 5);
        assert_eq!(issues::users_since(&mut tx, id, at(0)).await.unwrap(), 0);
        // Another snooze begins anew.
        crate::seed::act(&mut tx, id, snooze(6), at(70)).await;
        assert!(issues::events_since(&mut tx, &[id], 0).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn activities_are_listed_by_their_issue_and_comments_counted() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (
            issue(&mut tx, 1, "First", 10).await,
            issue(&mut tx, 2, "Second", 20).await,
        );
        let activity = |id: i64, issue: IssueId, kind: ActivityKind| IssueActivity {
            id: ActivityId(id),
            organization: ORGANIZATION,
            project: PROJECT,
            issue,
            kind,
            user: Some(USER),
            data: Map::from_iter([("text".to_owned(), json!("nul\0 und ü"))]),
            created_at: at(id),
            changed_at: None,
        };
        for (id, issue, kind) in [
            (1, one, ActivityKind::Note),
            (2, two, ActivityKind::Note),
            (3, one, ActivityKind::SetResolved),
            (4, one, ActivityKind::Note),
        ] {
            issues::add_activity(&mut tx, &activity(id, issue, kind)).await.unwrap();
        }
        let mut listed = async |kinds: &[ActivityKind], before: Option<i64>, limit: i64| {
            let before = before.map(ActivityId);
            let found = issues::activities(&mut tx, PROJECT, one, kinds, before, limit).await;
            found.unwrap().iter().map(|of| of.id.0).collect::<Vec<_>>()
        };
        assert_eq!(listed(&[], None, 10).await, [4, 3, 1]);
        assert_eq!(listed(&[], Some(4), 1).await, [3]);
        assert_eq!(listed(&[ActivityKind::Note], None, 10).await, [4, 1]);
        assert_eq!(listed(&[ActivityKind::Merge], None, 10).await, Vec::<i64>::new());
        let comments = async |tx: &mut Connection| {
            let found = issues::find(tx, ORGANIZATION, one).await.unwrap();
            found.unwrap().comments
        };
        assert_eq!(comments(&mut tx).await, 2);
        let new = Map::from_iter([("text".to_owned(), json!("new"))]);
        for id in [1, 3] {
            issues::change_comment(&mut tx, PROJECT, ActivityId(id), &new, at(50))
                .await
                .unwrap();
        }
        let mut find = async |id: i64| {
            let found = issues::find_activity(&mut tx, PROJECT, one, ActivityId(id)).await;
            found
                .unwrap()
                .map(|found| (found.data["text"].clone(), found.changed_at))
        };
        assert_eq!(find(1).await, Some((json!("new"), Some(at(50)))));
        assert_eq!(find(3).await.unwrap().1, None, "only comments change");
        assert_eq!(find(2).await, None, "of another issue");
        for (id, is_gone) in [(3, false), (2, false), (1, true), (1, false)] {
            let deleted = issues::delete_comment(&mut tx, PROJECT, one, ActivityId(id)).await;
            assert_eq!(deleted.unwrap(), is_gone, "{id}");
        }
        assert_eq!(comments(&mut tx).await, 1);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn owners_are_replaced_as_a_whole_and_keep_their_order() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (
            issue(&mut tx, 1, "First", 10).await,
            issue(&mut tx, 2, "Second", 20).await,
        );
        let owner = |issue: IssueId, kind: OwnerKind, rule: &str| IssueOwner {
            issue,
            kind,
            owner: Assignee::User(USER),
            rule: rule.to_owned(),
            created_at: at(1),
        };
        let first = [
            owner(one, OwnerKind::Rule, "path:a #x"),
            owner(one, OwnerKind::Codeowners, "codeowners:b #y"),
        ];
        let other = [owner(two, OwnerKind::Commit, "f00")];
        issue_owners::replace(&mut tx, PROJECT, one, 7, &first).await.unwrap();
        issue_owners::replace(&mut tx, PROJECT, two, 8, &other).await.unwrap();
        let listed = issue_owners::list(&mut tx, &[PROJECT], &[one, two]).await.unwrap();
        assert_eq!(listed, [first[0].clone(), first[1].clone(), other[0].clone()]);
        assert_eq!(issue_owners::list(&mut tx, &[ProjectId(11)], &[one]).await.unwrap(), []);
        issue_owners::replace(&mut tx, PROJECT, one, 0, &[]).await.unwrap();
        assert_eq!(issue_owners::list(&mut tx, &[PROJECT], &[one]).await.unwrap(), []);
        let hash = format!("{:032x}", 2);
        let bound = issues::bound(&mut tx, PROJECT, &[&hash]).await.unwrap();
        assert_eq!(bound[0].owners_key, 8);
        tx.commit().await.unwrap();
    })
    .await;
}
