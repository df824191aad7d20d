use model::{IssueId, IssueStatus, OrganizationId, Priority, Substatus, UserId};
use store::{
    Connection,
    issues::{self, IssueFilter, IssueOrder, IssuePage, IssuePlace, StatusChange},
};

use crate::seed::{ORGANIZATION, PROJECT, USER, at, issue, seeded, sighting, stored, tags};

fn filter(query: &str) -> IssueFilter {
    IssueFilter {
        projects: Vec::new(),
        environments: Vec::new(),
        since: None,
        until: None,
        query: query::issues::parse(query).unwrap(),
        viewer: USER,
    }
}

async fn found(db: &mut Connection, filter: &IssueFilter) -> Vec<i64> {
    let page = IssuePage::First { limit: 100 };
    let mut ids: Vec<i64> = issues::list(db, ORGANIZATION, filter, IssueOrder::LastSeen, page)
        .await
        .unwrap()
        .iter()
        .map(|issue| issue.id.0)
        .collect();
    ids.sort_unstable();
    assert_eq!(
        issues::count(db, ORGANIZATION, filter, 100).await.unwrap(),
        i64::try_from(ids.len()).unwrap()
    );
    ids
}

#[tokio::test]
async fn events_change_their_issue() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        assert!(issues::add_user(&mut tx, id, "id:1").await.unwrap());
        assert!(!issues::add_user(&mut tx, id, "id:1").await.unwrap());
        // A newer event is what the issue looks like, an older one only moves its beginning.
        issues::record(&mut tx, PROJECT, id, &sighting(20, "Newer"), true)
            .await
            .unwrap();
        issues::record(&mut tx, PROJECT, id, &sighting(5, "Older"), false)
            .await
            .unwrap();
        let seen = issues::find(&mut tx, ORGANIZATION, id).await.unwrap().unwrap();
        assert_eq!((seen.title.as_str(), seen.times_seen, seen.users_seen), ("Newer", 3, 1));
        assert_eq!((seen.first_seen, seen.last_seen), (at(5), at(20)));
        assert_eq!(
            (seen.first_release.as_deref(), seen.last_release.as_deref()),
            (Some("shop@5"), Some("shop@20"))
        );
        assert_eq!(
            (seen.status, seen.substatus, seen.unhandled),
            (IssueStatus::Unresolved, Substatus::New, true)
        );
        assert_eq!(seen.metadata["type"], "Newer");
        assert_eq!(issues::find(&mut tx, OrganizationId(2), id).await.unwrap(), None);
        let by_short_id = issues::find_by_short_id(&mut tx, ORGANIZATION, "web", seen.short_number)
            .await
            .unwrap();
        assert_eq!(by_short_id, Some(seen));
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn people_change_issues() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        let resolved = StatusChange {
            status: IssueStatus::Resolved,
            substatus: Substatus::Ongoing,
            resolved_at: Some(at(30)),
        };
        issues::set_status(&mut tx, PROJECT, id, resolved).await.unwrap();
        issues::set_priority(&mut tx, PROJECT, id, Priority::Low).await.unwrap();
        issues::set_assignee(&mut tx, PROJECT, id, Some(USER)).await.unwrap();
        let hash = format!("{:032x}", 1);
        assert_eq!(
            issues::find_by_hash(&mut tx, PROJECT, &hash).await.unwrap(),
            Some((id, resolved))
        );
        assert_eq!(issues::hashes(&mut tx, PROJECT, id).await.unwrap(), [hash]);
        let changed = issues::find_all(&mut tx, ORGANIZATION, &[id, IssueId(99)])
            .await
            .unwrap();
        assert_eq!((changed[0].priority, changed[0].assignee), (Priority::Low, Some(USER)));
        issues::add_view(&mut tx, id, USER, at(1)).await.unwrap();
        issues::add_view(&mut tx, id, USER, at(2)).await.unwrap();
        assert_eq!(issues::viewed(&mut tx, &[id], USER).await.unwrap(), [id]);
        assert_eq!(issues::viewed(&mut tx, &[id], UserId(1)).await.unwrap(), []);
        issues::delete_view(&mut tx, id, USER).await.unwrap();
        assert_eq!(issues::viewed(&mut tx, &[], USER).await.unwrap(), []);
        issues::record_environment(&mut tx, id, "production", at(5))
            .await
            .unwrap();
        issues::record_environment(&mut tx, id, "production", at(3))
            .await
            .unwrap();
        assert_eq!(issues::environments(&mut tx, id).await.unwrap(), ["production"]);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn searches_find_what_they_ask_for() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = issue(&mut tx, 1, "ZeroDivisionError", 10).await;
        let two = issue(&mut tx, 2, "Größe überschritten", 20).await;
        let chrome = tags(&[("browser.name", "Chrome"), ("release", "shop@1.2")]);
        store::events::create(&mut tx, &stored(one, 1, 10), &chrome)
            .await
            .unwrap();
        store::events::create(&mut tx, &stored(two, 2, 20), &tags(&[("release", "shop@2.0")]))
            .await
            .unwrap();
        issues::record_environment(&mut tx, two, "staging", at(20))
            .await
            .unwrap();
        issues::set_assignee(&mut tx, PROJECT, one, Some(USER)).await.unwrap();
        let resolved = StatusChange {
            status: IssueStatus::Resolved,
            substatus: Substatus::Ongoing,
            resolved_at: Some(at(30)),
        };
        issues::set_status(&mut tx, PROJECT, two, resolved).await.unwrap();
        for (query, expected) in [
            ("", vec![1, 2]),
            ("is:unresolved", vec![1]),
            ("!is:unresolved", vec![2]),
            ("is:ignored", vec![]),
            ("is:assigned", vec![1]),
            ("assigned:me", vec![1]),
            ("!assigned:me", vec![2]),
            ("assigned:a@example.com", vec![1]),
            ("!assigned:a@example.com", vec![2]),
            ("assigned:none", vec![2]),
            ("assigned:#core", vec![]),
            ("level:error", vec![1, 2]),
            ("level:fatal", vec![]),
            ("release:shop@1.2", vec![1]),
            ("release:shop@*", vec![1, 2]),
            ("!release:shop@1.2", vec![2]),
            ("release:[shop@1.2, shop@2.0]", vec![1, 2]),
            ("browser.name:Chrome", vec![1]),
            ("browser.name:\"'; DROP TABLE issues; --\"", vec![]),
            ("zerodiv", vec![1]),
            ("zero*error", vec![1]),
            ("überschritten", vec![2]),
            ("100%", vec![1, 2]),
            ("of_it", vec![1, 2]),
            ("ofxit", vec![]),
            ("\"shop.pay in\"", vec![1, 2]),
            ("!zerodiv", vec![2]),
        ] {
            assert_eq!(found(&mut tx, &filter(query)).await, expected, "{query}");
        }
        let in_staging = IssueFilter {
            environments: vec!["staging".to_owned()],
            ..filter("")
        };
        assert_eq!(found(&mut tx, &in_staging).await, [2]);
        assert_eq!(
            found(
                &mut tx,
                &IssueFilter {
                    since: Some(at(15)),
                    ..filter("")
                }
            )
            .await,
            [2]
        );
        assert_eq!(
            found(
                &mut tx,
                &IssueFilter {
                    until: Some(at(15)),
                    ..filter("")
                }
            )
            .await,
            [1]
        );
        let elsewhere = IssueFilter {
            projects: vec![model::ProjectId(77)],
            ..filter("")
        };
        assert!(found(&mut tx, &elsewhere).await.is_empty());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn pages_go_both_ways_over_equal_values() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        for id in 1..=7 {
            issue(&mut tx, id, "Same", id / 3).await;
        }
        for order in [
            IssueOrder::LastSeen,
            IssueOrder::FirstSeen,
            IssueOrder::Events,
            IssueOrder::Users,
        ] {
            let all = issues::list(
                &mut tx,
                ORGANIZATION,
                &filter(""),
                order,
                IssuePage::First { limit: 100 },
            )
            .await
            .unwrap();
            let place = |index: usize| IssuePlace {
                value: order.value(&all[index]),
                id: all[index].id.0,
            };
            for at in 0..all.len() {
                let after = IssuePage::After {
                    place: place(at),
                    limit: 2,
                };
                let next = issues::list(&mut tx, ORGANIZATION, &filter(""), order, after)
                    .await
                    .unwrap();
                assert_eq!(next, all[at + 1..all.len().min(at + 3)], "{order:?} after {at}");
                let before = IssuePage::Before {
                    place: place(at),
                    limit: 2,
                };
                let previous = issues::list(&mut tx, ORGANIZATION, &filter(""), order, before)
                    .await
                    .unwrap();
                assert_eq!(previous, all[at.saturating_sub(2)..at], "{order:?} before {at}");
            }
        }
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_deleted_issue_is_gone_at_once_and_its_rows_later() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        for number in 1..=5 {
            let event = stored(id, number, i64::from(number));
            store::events::create(&mut tx, &event, &tags(&[("a", "b")]))
                .await
                .unwrap();
        }
        assert!(issues::mark_deleting(&mut tx, PROJECT, id).await.unwrap());
        assert!(!issues::mark_deleting(&mut tx, PROJECT, id).await.unwrap());
        assert_eq!(issues::find(&mut tx, ORGANIZATION, id).await.unwrap(), None);
        assert_eq!(
            issues::find_by_hash(&mut tx, PROJECT, &format!("{:032x}", 1))
                .await
                .unwrap(),
            None
        );
        let mut steps = 0;
        while issues::purge(&mut tx, 2, at(9_000)).await.unwrap() {
            steps += 1;
        }
        assert_eq!(steps, 4);
        assert_eq!(
            store::events::find(&mut tx, PROJECT, crate::seed::event_id(1))
                .await
                .unwrap(),
            None
        );
        assert_eq!(store::tags::summaries(&mut tx, PROJECT, id, 3).await.unwrap(), []);
        let other = issue(&mut tx, 2, "Second", 10).await;
        issues::mark_all_deleting(&mut tx, PROJECT).await.unwrap();
        assert_eq!(issues::find(&mut tx, ORGANIZATION, other).await.unwrap(), None);
        tx.commit().await.unwrap();
    })
    .await;
}
