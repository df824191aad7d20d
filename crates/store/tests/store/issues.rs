use std::collections::BTreeSet;

use model::{AssignedBy, Assignee, BindingId, IssueId, IssueStatus, OrganizationId, Priority, Substatus, UserId};
use query::{Expr, IssueContext, PlanTerm};
use store::{
    Connection,
    issues::{self, IssueColumn, IssueFilter, IssueStart, IssueTest},
};
use triage::{Action, ResolutionKind};

use crate::seed::{self, ORGANIZATION, PROJECT, USER, at, issue, saw, saw_in, seeded, sighting};

/// A search of which no part is asked of events.
fn filter(query: &str) -> IssueFilter {
    let query = query::parse_issues(query, &IssueContext { now: at(1_000) }).unwrap();
    let tests = query::plan(query).map(&mut |term| {
        Expr::Term(match term {
            PlanTerm::Issue(condition) => IssueTest::Condition(condition),
            PlanTerm::Text(text) => IssueTest::Text(text),
            PlanTerm::Events(filter) => panic!("{filter:?}"),
        })
    });
    IssueFilter {
        projects: Vec::new(),
        environments: Vec::new(),
        since: None,
        until: None,
        tests,
        viewer: USER,
    }
}

async fn found(db: &mut Connection, filter: &IssueFilter) -> Vec<i64> {
    let listed = issues::list(db, ORGANIZATION, filter, IssueColumn::LastSeen, IssueStart::First, 100);
    let mut ids: Vec<i64> = listed.await.unwrap().iter().map(|(_, issue)| issue.id.0).collect();
    ids.sort_unstable();
    let count = issues::count(db, ORGANIZATION, filter, 100).await.unwrap();
    assert_eq!(count, i64::try_from(ids.len()).unwrap());
    let hashes = issues::hashes_matching(db, ORGANIZATION, filter, 100).await.unwrap();
    let mut expected = issues::bindings(db, ORGANIZATION, &[PROJECT], 100).await.unwrap();
    expected.retain(|(_, _, issue)| ids.contains(&issue.0));
    let sorted = |hashes: Vec<_>| hashes.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted(hashes), sorted(expected));
    ids
}

#[tokio::test]
async fn events_change_their_issue() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        let user = [(BindingId(1), "id:1")];
        let new = issues::add_users(&mut tx, &user).await.unwrap();
        assert_eq!(new, [(BindingId(1), "id:1".to_owned())]);
        assert_eq!(issues::add_users(&mut tx, &user).await.unwrap(), []);
        // A newer event is what the issue looks like, an older one only moves its beginning.
        saw(&mut tx, id, &sighting(20, "Newer"), 1).await;
        saw(&mut tx, id, &sighting(5, "Older"), 0).await;
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
        seed::act(&mut tx, id, Action::Resolve(ResolutionKind::Now), at(30)).await;
        seed::act(&mut tx, id, Action::SetPriority(Priority::Low), at(31)).await;
        let user = Assignee::User(USER);
        issues::set_assignee(&mut tx, PROJECT, id, Some(user), AssignedBy::Person, at(32))
            .await
            .unwrap();
        let hash = format!("{:032x}", 1);
        let bound = issues::bound(&mut tx, PROJECT, &[&hash, "absent"]).await.unwrap();
        assert_eq!(
            (bound.len(), bound[0].issue, bound[0].status),
            (1, id, IssueStatus::Resolved)
        );
        assert_eq!(issues::hashes(&mut tx, PROJECT, id).await.unwrap(), [hash]);
        let changed = issues::find_all(&mut tx, ORGANIZATION, &[id, IssueId(99)])
            .await
            .unwrap();
        assert_eq!((changed[0].priority, changed[0].assignee), (Priority::Low, Some(user)));
        assert_eq!((changed[0].resolved_at, changed[0].review), (Some(at(30)), None));
        issues::add_view(&mut tx, id, USER, at(1)).await.unwrap();
        issues::add_view(&mut tx, id, USER, at(2)).await.unwrap();
        assert_eq!(issues::viewed(&mut tx, &[id], USER).await.unwrap(), [id]);
        assert_eq!(issues::viewed(&mut tx, &[id], UserId(1)).await.unwrap(), []);
        issues::delete_view(&mut tx, id, USER).await.unwrap();
        assert_eq!(issues::viewed(&mut tx, &[], USER).await.unwrap(), []);
        saw_in(&mut tx, id, "production", at(5)).await;
        saw_in(&mut tx, id, "production", at(3)).await;
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
        saw(&mut tx, two, &sighting(20, "Größe überschritten"), 1).await;
        let user = Some(Assignee::User(USER));
        issues::set_assignee(&mut tx, PROJECT, one, user, AssignedBy::Person, at(30))
            .await
            .unwrap();
        seed::act(&mut tx, two, Action::SetPriority(Priority::Low), at(30)).await;
        seed::act(&mut tx, two, Action::Resolve(ResolutionKind::Now), at(30)).await;
        for (query, expected) in [
            ("", vec![1, 2]),
            ("is:unresolved", vec![1]),
            ("!is:unresolved", vec![2]),
            ("is:ignored", vec![]),
            ("is:new", vec![1]),
            ("is:ongoing", vec![]),
            ("is:assigned", vec![1]),
            ("is:unassigned", vec![2]),
            ("assigned:me", vec![1]),
            ("!assigned:me", vec![2]),
            ("assigned:[me, none]", vec![1, 2]),
            ("assigned:a@example.com", vec![1]),
            ("!assigned:a@example.com", vec![2]),
            ("assigned:none", vec![2]),
            ("assigned:#core", vec![]),
            ("!assigned:#core", vec![1, 2]),
            ("level:error", vec![1, 2]),
            ("level:fatal", vec![]),
            ("issue.priority:low", vec![2]),
            ("issue.category:error", vec![1, 2]),
            ("issue.type:feed*", vec![]),
            ("issue:1", vec![1]),
            ("!issue:[1, 2]", vec![]),
            ("issue:nonsense", vec![]),
            ("project:web", vec![1, 2]),
            ("project.id:10", vec![1, 2]),
            ("project:w*", vec![1, 2]),
            ("!project:web", vec![]),
            ("project:11", vec![]),
            ("times_seen:2", vec![2]),
            ("times_seen:>1.5", vec![2]),
            ("times_seen:<1.5", vec![1]),
            ("times_seen:<=1", vec![1]),
            ("times_seen:!=1", vec![2]),
            ("times_seen:1.5", vec![]),
            ("users_seen:>0", vec![2]),
            ("first_release:shop@10", vec![1]),
            ("first_release:shop@*", vec![1, 2]),
            ("first_release:SHOP@1*", vec![1]),
            ("!first_release:shop@10", vec![2]),
            ("has:first_release", vec![1, 2]),
            ("first_seen:-985s", vec![2]),
            ("is:resolved OR assigned:me", vec![1, 2]),
            ("is:resolved assigned:me", vec![]),
            ("(is:resolved assigned:me) OR times_seen:1", vec![1]),
            ("!(is:resolved OR level:fatal)", vec![1]),
            ("zerodiv", vec![1]),
            ("zero*error", vec![1]),
            ("überschritten", vec![2]),
            ("100%", vec![1, 2]),
            ("of_it", vec![1, 2]),
            ("ofxit", vec![]),
            ("\"shop.pay in\"", vec![1, 2]),
            ("\"'; DROP TABLE issues; --\"", vec![]),
            ("!zerodiv", vec![2]),
            ("zerodiv pay", vec![1]),
            ("zerodiv größe", vec![]),
            ("zerodiv OR größe", vec![1, 2]),
        ] {
            assert_eq!(found(&mut tx, &filter(query)).await, expected, "{query}");
        }
        let elsewhere = IssueFilter {
            projects: vec![model::ProjectId(77)],
            ..filter("")
        };
        assert!(found(&mut tx, &elsewhere).await.is_empty());
        let other = issues::count(&mut tx, OrganizationId(2), &filter(""), 100)
            .await
            .unwrap();
        assert_eq!(other, 0);
        // More ids than a statement has placeholders.
        let one_of = |ids: std::ops::Range<i64>| IssueFilter {
            tests: Expr::Term(IssueTest::OneOf(ids.map(IssueId).collect())),
            ..filter("")
        };
        assert_eq!(found(&mut tx, &one_of(2..50_000)).await, [2]);
        assert!(found(&mut tx, &one_of(0..0)).await.is_empty());
        let all_but = IssueFilter {
            tests: one_of(2..3).tests.negate(),
            ..filter("")
        };
        assert_eq!(found(&mut tx, &all_but).await, [1]);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn time_and_environments_are_of_the_same_events() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = issue(&mut tx, 1, "First", 10).await;
        let two = issue(&mut tx, 2, "Second", 20).await;
        saw(&mut tx, one, &sighting(40, "First"), 0).await;
        saw_in(&mut tx, one, "staging", at(10)).await;
        saw_in(&mut tx, one, "production", at(40)).await;
        saw_in(&mut tx, two, "staging", at(20)).await;
        saw_in(&mut tx, two, "staging", at(20)).await;
        let check = async |tx: &mut Connection, environments: &[&str], since, until, expected: &[i64]| {
            let asked = IssueFilter {
                environments: environments.iter().map(|&name| name.to_owned()).collect(),
                since,
                until,
                ..filter("")
            };
            assert_eq!(found(tx, &asked).await, expected, "{asked:?}");
        };
        check(&mut tx, &[], Some(at(21)), None, &[1]).await;
        check(&mut tx, &[], Some(at(20)), None, &[1, 2]).await;
        check(&mut tx, &[], None, Some(at(20)), &[1]).await;
        check(&mut tx, &["staging"], None, None, &[1, 2]).await;
        check(&mut tx, &["staging"], Some(at(15)), None, &[2]).await;
        check(&mut tx, &["staging", "production"], Some(at(25)), None, &[1]).await;
        check(&mut tx, &["production"], None, Some(at(40)), &[]).await;
        check(&mut tx, &["absent"], None, None, &[]).await;
        let staging = IssueFilter {
            environments: vec!["staging".to_owned()],
            ..filter("")
        };
        // In staging the second was seen last, first after the first, and most often.
        for (column, values) in [
            (IssueColumn::LastSeen, [(2, at(20).0), (1, at(10).0)]),
            (IssueColumn::FirstSeen, [(2, at(20).0), (1, at(10).0)]),
            (IssueColumn::TimesSeen, [(2, 2), (1, 1)]),
        ] {
            let listed = issues::list(&mut tx, ORGANIZATION, &staging, column, IssueStart::First, 9);
            let places: Vec<_> = listed
                .await
                .unwrap()
                .iter()
                .map(|(place, _)| (place.id.0, place.value))
                .collect();
            assert_eq!(places, values, "{column:?}");
        }
        tx.commit().await.unwrap();
    })
    .await;
}

/// The list is sorted by when issues were seen in an environment, and read in the order in which they were seen anywhere.
#[tokio::test]
async fn pages_of_an_environment_are_sorted_by_what_was_seen_there() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let mut expected = Vec::new();
        for id in 1..=150_i64 {
            let last = 200 + id * 37 % 75;
            let one = issue(&mut tx, id, "One", last).await;
            // Some were seen last elsewhere, some never there.
            let there = if id % 3 == 0 { id * 53 % 200 } else { last };
            if id % 10 != 1 {
                saw_in(&mut tx, one, "staging", at(there)).await;
                expected.push((at(there).0, id));
            }
            saw_in(&mut tx, one, "production", at(last)).await;
        }
        expected.sort_unstable_by(|left, right| right.cmp(left));
        let staging = IssueFilter {
            projects: vec![PROJECT],
            environments: vec!["staging".to_owned()],
            ..filter("")
        };
        let mut listed = Vec::new();
        let mut start = IssueStart::First;
        loop {
            let page = issues::list(&mut tx, ORGANIZATION, &staging, IssueColumn::LastSeen, start, 7);
            let page = page.await.unwrap();
            let Some((last, _)) = page.last() else { break };
            start = IssueStart::After(*last);
            listed.extend(page.iter().map(|(place, issue)| (place.value, issue.id.0)));
        }
        assert_eq!(listed, expected);
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
        for column in [
            IssueColumn::LastSeen,
            IssueColumn::FirstSeen,
            IssueColumn::TimesSeen,
            IssueColumn::UsersSeen,
        ] {
            let all = filter("");
            let all = issues::list(&mut tx, ORGANIZATION, &all, column, IssueStart::First, 100)
                .await
                .unwrap();
            assert_eq!(all.len(), 7);
            for at in 0..all.len() {
                let after = IssueStart::After(all[at].0);
                let next = issues::list(&mut tx, ORGANIZATION, &filter(""), column, after, 2)
                    .await
                    .unwrap();
                assert_eq!(next, all[at + 1..all.len().min(at + 3)], "{column:?} after {at}");
                let before = IssueStart::Before(all[at].0);
                let previous = issues::list(&mut tx, ORGANIZATION, &filter(""), column, before, 2)
                    .await
                    .unwrap();
                assert_eq!(previous, all[at.saturating_sub(2)..at], "{column:?} before {at}");
            }
        }
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn hashes_tell_their_issues() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = issue(&mut tx, 1, "First", 10).await;
        let two = issue(&mut tx, 2, "Second", 20).await;
        issues::bind_hashes(&mut tx, PROJECT, two, &[("f".repeat(32), BindingId(77))])
            .await
            .unwrap();
        let mut found = issues::hashes_of(&mut tx, &[PROJECT], &[two, IssueId(9)])
            .await
            .unwrap();
        found.sort();
        assert_eq!(
            found,
            [(PROJECT, format!("{:032x}", 2), two), (PROJECT, "f".repeat(32), two)]
        );
        let elsewhere = issues::hashes_of(&mut tx, &[model::ProjectId(77)], &[one])
            .await
            .unwrap();
        assert_eq!(elsewhere, []);
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
        saw_in(&mut tx, id, "production", at(10)).await;
        assert!(issues::mark_deleting(&mut tx, PROJECT, id).await.unwrap());
        assert!(!issues::mark_deleting(&mut tx, PROJECT, id).await.unwrap());
        assert_eq!(issues::find(&mut tx, ORGANIZATION, id).await.unwrap(), None);
        let bound = issues::bound(&mut tx, PROJECT, &[&format!("{:032x}", 1)])
            .await
            .unwrap();
        assert_eq!(bound, []);
        let mut steps = 0;
        while issues::purge(&mut tx, 2, at(9_000)).await.unwrap() {
            steps += 1;
        }
        assert_eq!(steps, 2, "its hash, and the issue");
        assert_eq!(issues::hashes(&mut tx, PROJECT, id).await.unwrap(), [""; 0]);
        assert_eq!(issues::environments(&mut tx, id).await.unwrap(), [""; 0]);
        let other = issue(&mut tx, 2, "Second", 10).await;
        issues::mark_all_deleting(&mut tx, PROJECT).await.unwrap();
        assert_eq!(issues::find(&mut tx, ORGANIZATION, other).await.unwrap(), None);
        tx.commit().await.unwrap();
    })
    .await;
}
