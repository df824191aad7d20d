use std::collections::HashSet;

use model::{DataCategory, KeyStatus, OrganizationId, Outcome, OutcomeKind, ProjectKeyId};
use store::{
    outcomes::{self, OutcomeCounts, OutcomeKey},
    project_keys, projects,
    recent_event_ids::{self, RecentEvent},
};

use crate::seed::{self, ORGANIZATION, PROJECT, at, event_id, key, seeded};

const OTHER: OrganizationId = OrganizationId(2);

#[tokio::test]
async fn projects_belong_to_their_organization() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        projects::set_first_event(&mut tx, PROJECT, at(5)).await.unwrap();
        projects::set_first_event(&mut tx, PROJECT, at(6)).await.unwrap();
        projects::add_environment(&mut tx, PROJECT, "production", at(1))
            .await
            .unwrap();
        projects::add_environment(&mut tx, PROJECT, "production", at(2))
            .await
            .unwrap();
        let mut project = projects::find_by_slug(&mut tx, ORGANIZATION, "web")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(project.first_event_at, Some(at(5)));
        assert_eq!(projects::find(&mut tx, OTHER, PROJECT).await.unwrap(), None);
        assert_eq!(projects::find_by_slug(&mut tx, OTHER, "web").await.unwrap(), None);
        let environments = projects::environments(&mut tx, ORGANIZATION).await.unwrap();
        assert_eq!(environments.len(), 1);
        assert_eq!(
            (environments[0].name.as_str(), environments[0].is_hidden),
            ("production", false)
        );
        project.platform = None;
        projects::update(&mut tx, &project).await.unwrap();
        assert_eq!(projects::list(&mut tx, ORGANIZATION).await.unwrap(), [project]);
        assert_eq!(projects::next_short_number(&mut tx, PROJECT).await.unwrap(), 1);
        assert_eq!(projects::next_short_number(&mut tx, PROJECT).await.unwrap(), 2);
        assert!(!projects::mark_deleting(&mut tx, OTHER, PROJECT).await.unwrap());
        assert!(projects::mark_deleting(&mut tx, ORGANIZATION, PROJECT).await.unwrap());
        assert_eq!(projects::list(&mut tx, ORGANIZATION).await.unwrap(), []);
        projects::create(&mut tx, &seed::project(model::ProjectId(11), "web"))
            .await
            .unwrap();
        assert_eq!(projects::list_deleting(&mut tx).await.unwrap(), [PROJECT]);
        projects::remove(&mut tx, PROJECT).await.unwrap();
        assert_eq!(projects::list_deleting(&mut tx).await.unwrap(), []);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn revoked_keys_are_known_but_not_listed() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let (one, mut two) = (key(1, &"a".repeat(32)), key(2, &"b".repeat(32)));
        project_keys::create(&mut tx, &one).await.unwrap();
        project_keys::create(&mut tx, &two).await.unwrap();
        two.status = KeyStatus::Revoked;
        two.label = "old".to_owned();
        project_keys::update(&mut tx, &two).await.unwrap();
        assert_eq!(
            project_keys::list(&mut tx, PROJECT).await.unwrap(),
            std::slice::from_ref(&one)
        );
        assert_eq!(
            project_keys::find(&mut tx, PROJECT, &one.public_key).await.unwrap(),
            Some(one)
        );
        assert_eq!(
            project_keys::find(&mut tx, PROJECT, &two.public_key).await.unwrap(),
            None
        );
        let found = project_keys::find_by_public_key(&mut tx, &two.public_key)
            .await
            .unwrap();
        assert_eq!(found, Some((ORGANIZATION, two)));
        assert_eq!(project_keys::find_by_public_key(&mut tx, "c").await.unwrap(), None);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn outcomes_add_up() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let count = |reason: &'static str| OutcomeKey {
            hour: at(0).truncate(OutcomeKey::HOUR),
            organization: ORGANIZATION,
            project: PROJECT,
            key: ProjectKeyId(1),
            category: DataCategory::Error,
            outcome: if reason.is_empty() {
                Outcome::ACCEPTED
            } else {
                Outcome::invalid(reason)
            },
        };
        let mut tx = store.begin().await.unwrap();
        for _ in 0..2 {
            let counts = OutcomeCounts::from([(count(""), 3), (count("duplicate"), 1)]);
            outcomes::add(&mut tx, &counts).await.unwrap();
        }
        let totals = outcomes::totals(&mut tx, PROJECT, at(-7200)).await.unwrap();
        let seen: Vec<_> = totals
            .iter()
            .map(|total| (total.outcome, total.reason.as_str(), total.quantity))
            .collect();
        assert_eq!(
            seen,
            [
                (OutcomeKind::Accepted.number(), "", 6),
                (OutcomeKind::Invalid.number(), "duplicate", 2)
            ]
        );
        assert_eq!(outcomes::totals(&mut tx, PROJECT, at(7200)).await.unwrap(), []);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_event_id_is_new_once_a_day() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let recent = |project, seconds| RecentEvent {
            project,
            id: event_id(1),
            issue: None,
            timestamp: at(seconds),
            received_at: at(seconds),
        };
        let other = model::ProjectId(11);
        let asked = [event_id(1), event_id(2)];
        recent_event_ids::add(&mut tx, &[recent(PROJECT, 0), recent(other, 1)])
            .await
            .unwrap();
        for project in [PROJECT, other] {
            let known = recent_event_ids::known(&mut tx, project, &asked).await.unwrap();
            assert_eq!(known, HashSet::from([event_id(1)]));
        }
        assert_eq!(recent_event_ids::delete_older(&mut tx, at(1)).await.unwrap(), 1);
        let known = recent_event_ids::known(&mut tx, PROJECT, &asked).await.unwrap();
        assert!(known.is_empty());
        // It may come again then.
        recent_event_ids::add(&mut tx, &[recent(PROJECT, 2)]).await.unwrap();
        let found = recent_event_ids::find(&mut tx, PROJECT, event_id(1)).await.unwrap();
        assert_eq!(found.map(|found| (found.issue, found.timestamp)), Some((None, at(2))));
        tx.commit().await.unwrap();
    })
    .await;
}
