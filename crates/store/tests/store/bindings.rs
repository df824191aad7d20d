use model::{BindingId, IssueId};
use sqlx::Row as _;
use store::{
    Error, Tx,
    issues::{self, BindingSightings, EnvironmentSightings, IssueMove, MoveKind, MoveStage, MovedTo},
};

use crate::seed::{ORGANIZATION, PROJECT, USER, at, issue, saw, seeded, sighting};

fn hash(of: IssueId) -> String {
    format!("{:032x}", of.0)
}

/// Counts events of an issue under the hash of another one, or its own.
async fn count(tx: &mut Tx, of: IssueId, hash: &str, events: i64, from: i64, until: i64) -> Result<BindingId, Error> {
    let (first, last) = (format!("shop@{from}"), format!("shop@{until}"));
    let seen = BindingSightings {
        project: PROJECT,
        hash,
        issue: of,
        events,
        first_at: at(from),
        first_release: Some(&first),
        last_at: at(until),
        last_release: Some(&last),
    };
    let bindings = issues::record_bindings(tx, &[seen]).await?;
    Ok(bindings[&(PROJECT, hash.to_owned())])
}

#[tokio::test]
async fn bindings_count_what_their_hashes_bring() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = issue(&mut tx, 1, "One", 10).await;
        assert_eq!(count(&mut tx, one, &hash(one), 2, 10, 20).await.unwrap(), BindingId(1));
        count(&mut tx, one, &hash(one), 3, 5, 15).await.unwrap();
        let seen = issues::seen_hashes(&mut tx, PROJECT, one).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(
            (seen[0].times_seen, seen[0].first_seen, seen[0].last_seen),
            (5, at(5), at(20))
        );
        issues::recount(&mut tx, PROJECT, one).await.unwrap();
        let found = issues::find(&mut tx, ORGANIZATION, one).await.unwrap().unwrap();
        assert_eq!(
            (found.times_seen, found.first_seen, found.last_seen),
            (5, at(5), at(20))
        );
        assert_eq!(
            (found.first_release.as_deref(), found.last_release.as_deref()),
            (Some("shop@5"), Some("shop@20"))
        );
        tx.commit().await.unwrap();
        // Another issue than the one that has it, and a hash that nobody has.
        for (of, hash) in [(IssueId(9), hash(one)), (one, "f".repeat(32))] {
            let mut tx = store.begin().await.unwrap();
            let moved = count(&mut tx, of, &hash, 1, 1, 1).await;
            assert!(
                matches!(&moved, Err(error @ Error::Moved) if error.is_transient()),
                "{moved:?}"
            );
        }
        let mut tx = store.begin().await.unwrap();
        issues::mark_deleting(&mut tx, PROJECT, one).await.unwrap();
        let seen = sighting(30, "Late");
        let sightings = issues::Sightings {
            project: PROJECT,
            issue: one,
            events: 1,
            new_users: 0,
            first_at: seen.at,
            first_release: None,
            newest: &seen,
        };
        let gone = issues::record(&mut tx, &[sightings]).await;
        assert!(matches!(gone, Err(Error::Moved)), "{gone:?}");
    })
    .await;
}

#[tokio::test]
async fn users_and_environments_go_with_their_bindings() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (issue(&mut tx, 1, "One", 10).await, issue(&mut tx, 2, "Two", 20).await);
        for (of, users) in [(one, ["a", "b"]), (two, ["b", "c"])] {
            let binding = count(&mut tx, of, &hash(of), 2, 10, 20).await.unwrap();
            let users: Vec<(BindingId, &str)> = users.into_iter().map(|user| (binding, user)).collect();
            issues::add_users(&mut tx, &users).await.unwrap();
            let seen = EnvironmentSightings {
                binding,
                issue: of,
                environment: "production",
                first_at: at(10),
                last_at: at(20),
                events: 2,
            };
            issues::record_environments(&mut tx, &[seen]).await.unwrap();
        }
        issues::rebind_all(&mut tx, PROJECT, two, one).await.unwrap();
        issues::recount(&mut tx, PROJECT, one).await.unwrap();
        let merged = issues::find(&mut tx, ORGANIZATION, one).await.unwrap().unwrap();
        assert_eq!((merged.times_seen, merged.users_seen), (4, 3), "b is counted once");
        assert_eq!(issues::environments(&mut tx, one).await.unwrap(), ["production"]);
        let seen = issues::bindings_of_users(&mut tx, &[one], &["a", "b", "z"])
            .await
            .unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[&(one, "a".to_owned())], seen[&(one, "b".to_owned())]), (1, 2));
        assert_eq!(issues::divided(&mut tx, &[one, two]).await.unwrap(), [one]);
        // And back.
        assert_eq!(
            issues::rebind(&mut tx, PROJECT, &[hash(two)], one, two).await.unwrap(),
            1
        );
        for of in [one, two] {
            issues::recount(&mut tx, PROJECT, of).await.unwrap();
            let found = issues::find(&mut tx, ORGANIZATION, of).await.unwrap().unwrap();
            assert_eq!((found.times_seen, found.users_seen), (2, 2));
            assert_eq!(issues::environments(&mut tx, of).await.unwrap(), ["production"]);
        }
        assert_eq!(issues::divided(&mut tx, &[one, two]).await.unwrap(), []);
        tx.commit().await.unwrap();
        // Deleting takes the rows of users away in steps.
        let mut tx = store.begin().await.unwrap();
        issues::mark_deleting(&mut tx, PROJECT, one).await.unwrap();
        while issues::purge(&mut tx, 1, at(30)).await.unwrap() {}
        let left = sqlx::query("SELECT COUNT(*) FROM binding_users")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(left.get::<i64, _>(0), 2);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn names_of_a_merged_issue_lead_to_the_other() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let [one, two, three] = [(1, "One"), (2, "Two"), (3, "Three")].map(|(id, title)| (id, title));
        let one = issue(&mut tx, one.0, one.1, 10).await;
        let two = issue(&mut tx, two.0, two.1, 20).await;
        let three = issue(&mut tx, three.0, three.1, 30).await;
        saw(&mut tx, one, &sighting(12, "One"), 0).await;
        issues::add_view(&mut tx, two, USER, at(1)).await.unwrap();
        issues::move_people(&mut tx, PROJECT, two, one).await.unwrap();
        assert_eq!(issues::viewed(&mut tx, &[one], USER).await.unwrap(), [one]);
        issues::copy_face(&mut tx, PROJECT, two, one).await.unwrap();
        let short_number = issues::find(&mut tx, ORGANIZATION, two)
            .await
            .unwrap()
            .unwrap()
            .short_number;
        issues::redirect(&mut tx, ORGANIZATION, PROJECT, two, one)
            .await
            .unwrap();
        assert_eq!(issues::find(&mut tx, ORGANIZATION, two).await.unwrap(), None);
        assert_eq!(
            issues::find(&mut tx, ORGANIZATION, one).await.unwrap().unwrap().title,
            "Two"
        );
        // Into a third one.
        issues::redirect(&mut tx, ORGANIZATION, PROJECT, one, three)
            .await
            .unwrap();
        for of in [one, two] {
            assert_eq!(issues::target_of(&mut tx, ORGANIZATION, of).await.unwrap(), Some(three));
        }
        let by_name = issues::target_of_short_id(&mut tx, ORGANIZATION, "web", short_number)
            .await
            .unwrap();
        assert_eq!(by_name, Some(three));
        let elsewhere = model::OrganizationId(77);
        assert_eq!(issues::target_of(&mut tx, elsewhere, two).await.unwrap(), None);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_move_is_done_by_one_and_holds_the_removal_back() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, two) = (issue(&mut tx, 1, "One", 10).await, issue(&mut tx, 2, "Two", 20).await);
        let mut follow = IssueMove {
            id: 50,
            project: PROJECT,
            kind: MoveKind::Merge,
            source: two,
            target: one,
            hashes: Vec::new(),
            stage: MoveStage::Attachments,
            reached: 0,
            created_at: at(0),
        };
        issues::add_move(&mut tx, &follow).await.unwrap();
        issues::redirect(&mut tx, ORGANIZATION, PROJECT, two, one)
            .await
            .unwrap();
        assert!(issues::is_moving(&mut tx, &[one]).await.unwrap());
        assert_eq!(issues::oldest_move(&mut tx).await.unwrap(), Some(follow.clone()));
        assert!(!issues::purge(&mut tx, 10, at(1)).await.unwrap());
        assert!(
            issues::advance_move(&mut tx, &follow, MoveStage::UserReports, 0)
                .await
                .unwrap()
        );
        assert!(
            !issues::advance_move(&mut tx, &follow, MoveStage::UserReports, 0)
                .await
                .unwrap()
        );
        follow.stage = MoveStage::UserReports;
        issues::let_go(&mut tx, PROJECT, two).await.unwrap();
        assert!(
            !issues::purge(&mut tx, 10, at(1)).await.unwrap(),
            "rows are on their way"
        );
        assert!(
            issues::advance_move(&mut tx, &follow, MoveStage::Done, 0)
                .await
                .unwrap()
        );
        assert!(!issues::is_moving(&mut tx, &[one, two]).await.unwrap());
        while issues::purge(&mut tx, 10, at(1)).await.unwrap() {}
        assert_eq!(issues::moved_to(&mut tx, two).await.unwrap(), MovedTo::Issue(one));
        assert_eq!(issues::moved_to(&mut tx, one).await.unwrap(), MovedTo::Nowhere);
        let divided = IssueMove {
            id: 51,
            kind: MoveKind::Unmerge,
            source: one,
            target: IssueId(9),
            hashes: vec!["a".to_owned()],
            ..follow
        };
        issues::add_move(&mut tx, &divided).await.unwrap();
        assert_eq!(issues::moved_to(&mut tx, two).await.unwrap(), MovedTo::Divided);
        assert_eq!(
            issues::delete_moves(&mut tx, at(1)).await.unwrap(),
            1,
            "only what is done"
        );
        assert_eq!(issues::moved_to(&mut tx, two).await.unwrap(), MovedTo::Nowhere);
        tx.commit().await.unwrap();
    })
    .await;
}
