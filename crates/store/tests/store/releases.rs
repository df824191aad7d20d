use model::{IssueId, ProjectId, ReleaseId, Timestamp};
use store::{
    Connection, IdPage,
    commits::{self, Commit},
    deploys::{self, Deploy},
    issues,
    releases::{self, Release, ReleaseFilter, ReleaseSighting, ReleaseStart, ReleaseStatus},
};
use triage::{Action, ResolutionKind};

use crate::seed::{self, ORGANIZATION, PROJECT, at, seeded};

const OTHER: ProjectId = ProjectId(11);

fn release(id: i64, version: &str, seconds: i64) -> Release {
    Release {
        id: ReleaseId(id),
        organization: ORGANIZATION,
        version: version.to_owned(),
        status: ReleaseStatus::Open,
        reference: None,
        url: None,
        owner: None,
        created_at: at(seconds),
        started_at: None,
        released_at: None,
    }
}

async fn add(db: &mut Connection, id: i64, version: &str, seconds: i64) -> Release {
    let new = release(id, version, seconds);
    assert!(releases::create(db, &new).await.unwrap());
    releases::add_projects(db, new.id, &[PROJECT]).await.unwrap();
    new
}

async fn versions(db: &mut Connection, filter: &ReleaseFilter, start: ReleaseStart) -> Vec<String> {
    let found = releases::list(db, ORGANIZATION, filter, start, 2).await.unwrap();
    found.into_iter().map(|release| release.version).collect()
}

fn all() -> ReleaseFilter {
    ReleaseFilter {
        projects: vec![PROJECT],
        ..ReleaseFilter::default()
    }
}

#[tokio::test]
async fn releases_are_listed_by_date() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = add(&mut tx, 1, "shop@1.0.0", 10).await;
        add(&mut tx, 2, "Shop@2.0.0", 20).await;
        let third = add(&mut tx, 3, "100%", 20).await;
        assert!(!releases::create(&mut tx, &release(9, "100%", 1)).await.unwrap());
        assert_eq!(
            versions(&mut tx, &all(), ReleaseStart::Newest).await,
            ["100%", "Shop@2.0.0"]
        );
        let behind = ReleaseStart::OlderThan((at(20), ReleaseId(2)));
        assert_eq!(versions(&mut tx, &all(), behind).await, ["shop@1.0.0"]);
        let before = ReleaseStart::NewerThan((at(10), ReleaseId(1)));
        assert_eq!(versions(&mut tx, &all(), before).await, ["100%", "Shop@2.0.0"]);
        for (text, expected) in [
            ("SHOP", vec!["Shop@2.0.0", "shop@1.0.0"]),
            ("%", vec!["100%"]),
            ("shop*1", vec!["shop@1.0.0"]),
            ("_", vec![]),
        ] {
            let text = text.to_owned();
            let found = versions(&mut tx, &ReleaseFilter { text, ..all() }, ReleaseStart::Newest).await;
            assert_eq!(found, expected);
        }
        // What is released counts from then on.
        let released = Release {
            released_at: Some(at(40)),
            status: ReleaseStatus::Archived,
            ..one.clone()
        };
        releases::update(&mut tx, &released).await.unwrap();
        assert_eq!(
            releases::find(&mut tx, ORGANIZATION, "shop@1.0.0").await.unwrap(),
            Some(released)
        );
        assert_eq!(
            versions(&mut tx, &all(), ReleaseStart::Newest).await,
            ["shop@1.0.0", "100%"]
        );
        let status = Some(ReleaseStatus::Archived);
        let archived = versions(&mut tx, &ReleaseFilter { status, ..all() }, ReleaseStart::Newest).await;
        assert_eq!(archived, ["shop@1.0.0"]);
        assert!(
            versions(&mut tx, &ReleaseFilter::default(), ReleaseStart::Newest)
                .await
                .is_empty()
        );
        assert!(
            !releases::delete(&mut tx, model::OrganizationId(77), third.id)
                .await
                .unwrap()
        );
        assert!(releases::delete(&mut tx, ORGANIZATION, third.id).await.unwrap());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn releases_order_as_semver() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(releases::newest(&mut tx, PROJECT).await.unwrap(), None);
        for (id, version) in ["shop@1.10.0", "shop@1.9.0", "shop@1.10.0-rc.2", "nightly", "2024.1"]
            .iter()
            .enumerate()
        {
            let id = i64::try_from(id).unwrap() + 1;
            add(&mut tx, id, version, id).await;
        }
        let greatest = releases::greatest_semver(&mut tx, PROJECT).await.unwrap().unwrap();
        assert_eq!(greatest.version, "shop@1.10.0");
        assert_eq!(
            releases::newest(&mut tx, PROJECT).await.unwrap().unwrap().version,
            "2024.1"
        );
        let recent = releases::recent(&mut tx, PROJECT, 2).await.unwrap();
        assert_eq!(recent[1].version, "nightly");
        let found = releases::find_many(&mut tx, ORGANIZATION, &["nightly", "absent"])
            .await
            .unwrap();
        assert_eq!((found.len(), found[0].date), (1, at(4)));
        assert!(
            releases::in_project(&mut tx, PROJECT, "nightly")
                .await
                .unwrap()
                .is_some()
        );
        assert!(releases::in_project(&mut tx, OTHER, "nightly").await.unwrap().is_none());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn events_make_releases() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        store::projects::create(&mut tx, &seed::project(OTHER, "app"))
            .await
            .unwrap();
        let seen = |project, environment, first, last| ReleaseSighting {
            project,
            version: "shop@1",
            environment,
            first_at: at(first),
            last_at: at(last),
        };
        for (id, sighting, is_new) in [
            (1, seen(PROJECT, "", 10, 20), Some(true)),
            (2, seen(PROJECT, "production", 5, 15), Some(false)),
            (3, seen(PROJECT, "production", 4, 12), Some(false)),
            (4, seen(OTHER, "", 30, 30), Some(true)),
            (5, seen(ProjectId(99), "", 30, 30), None),
        ] {
            assert_eq!(
                releases::note(&mut tx, &sighting, ReleaseId(id)).await.unwrap(),
                is_new,
                "{id}"
            );
        }
        let environments = ["", "production", "absent"];
        let known = releases::known(&mut tx, &[PROJECT], &["shop@1", "absent"], &environments)
            .await
            .unwrap();
        let at_environment = |name: &str| known[&(PROJECT, "shop@1".to_owned(), name.to_owned())];
        assert_eq!(
            (known.len(), at_environment(""), at_environment("production")),
            (2, (at(10), at(20)), (at(4), at(15)))
        );
        let times = releases::times_of(&mut tx, &[ReleaseId(1)]).await.unwrap();
        let of_project = times.iter().find(|times| times.project == PROJECT).unwrap();
        assert_eq!(
            (times.len(), of_project.first_event_at, of_project.last_event_at),
            (2, at(4), at(20))
        );
        let in_production = ReleaseFilter {
            environments: vec!["production".to_owned()],
            ..all()
        };
        assert_eq!(
            versions(&mut tx, &in_production, ReleaseStart::Newest).await,
            ["shop@1"]
        );
        let elsewhere = ReleaseFilter {
            projects: vec![OTHER],
            ..in_production
        };
        assert!(versions(&mut tx, &elsewhere, ReleaseStart::Newest).await.is_empty());
        // The issue of the seed was first seen in shop@10.
        seed::issue(&mut tx, 1, "One", 10).await;
        let new = releases::new_issues(&mut tx, &[PROJECT, OTHER], &["shop@10", "shop@1"])
            .await
            .unwrap();
        assert_eq!(new, [(PROJECT, "shop@10".to_owned(), 1)]);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn issues_wait_for_the_next_release() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id: IssueId = seed::issue(&mut tx, 1, "One", 10).await;
        let after = triage::Release {
            version: "shop@1".to_owned(),
            date: at(5),
        };
        let kind = ResolutionKind::InNextRelease { after: after.clone() };
        seed::act(&mut tx, id, Action::Resolve(kind), at(20)).await;
        let waiting = issues::waiting_for_release(&mut tx, PROJECT, 10).await.unwrap();
        assert_eq!(waiting, [(id, after)]);
        issues::settle_release(&mut tx, PROJECT, id, "shop@2").await.unwrap();
        assert!(
            issues::waiting_for_release(&mut tx, PROJECT, 10)
                .await
                .unwrap()
                .is_empty()
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn deploys_and_commits_belong_to_releases() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let of = add(&mut tx, 1, "shop@1", 10).await;
        add(&mut tx, 2, "shop@2", 20).await;
        for (id, finished) in [(1, 50), (2, 40)] {
            let deploy = Deploy {
                id: model::DeployId(id),
                organization: ORGANIZATION,
                release: of.id,
                environment: "production".to_owned(),
                name: Some("\0".to_owned()),
                url: None,
                started_at: None,
                finished_at: at(finished),
            };
            deploys::create(&mut tx, &deploy, &[PROJECT]).await.unwrap();
        }
        let latest = deploys::latest(&mut tx, &[of.id, ReleaseId(2)]).await.unwrap();
        assert_eq!((latest.len(), latest[0].0, latest[0].1.id.0), (1, 2, 1));
        let listed = deploys::list(&mut tx, ORGANIZATION, of.id, IdPage::newest(10))
            .await
            .unwrap();
        assert_eq!(listed.iter().map(|deploy| deploy.id.0).collect::<Vec<_>>(), [2, 1]);

        let repository = commits::repository(&mut tx, ORGANIZATION, "acme/shop", 1, at(0))
            .await
            .unwrap();
        let again = commits::repository(&mut tx, ORGANIZATION, "acme/shop", 2, at(9))
            .await
            .unwrap();
        assert_eq!(repository, again);
        let commit = |id: i64, key: &str, message: &str| Commit {
            id,
            repository: repository.clone(),
            key: key.to_owned(),
            message: message.to_owned(),
            author_name: "Anna".to_owned(),
            author_email: "a@example.com".to_owned(),
            committed_at: Timestamp(id),
        };
        let first = commits::put(&mut tx, &commit(1, "aaa", "one")).await.unwrap();
        let second = commits::put(&mut tx, &commit(2, "bbb", "two")).await.unwrap();
        assert_eq!(
            commits::put(&mut tx, &commit(3, "aaa", "one, better")).await.unwrap(),
            first
        );
        commits::set_of_release(&mut tx, of.id, &[first]).await.unwrap();
        commits::set_of_release(&mut tx, of.id, &[second, first]).await.unwrap();
        let listed = commits::list_of_release(&mut tx, of.id, 0, 10).await.unwrap();
        let messages: Vec<&str> = listed.iter().map(|commit| commit.message.as_str()).collect();
        assert_eq!(messages, ["two", "one, better"]);
        assert_eq!(commits::list_of_release(&mut tx, of.id, 1, 10).await.unwrap().len(), 1);
        let latest = commits::latest(&mut tx, &[of.id]).await.unwrap();
        assert_eq!((latest[0].1, latest[0].2.key.as_str()), (2, "bbb"));
        let later = releases::find(&mut tx, ORGANIZATION, "shop@2").await.unwrap().unwrap();
        commits::set_of_release(&mut tx, later.id, &[second]).await.unwrap();
        let found = releases::of_commits(&mut tx, &[first, second], &[PROJECT])
            .await
            .unwrap();
        let found: Vec<(i64, &str)> = found.iter().map(|(id, of)| (*id, of.version.as_str())).collect();
        assert_eq!(found, [(second, "shop@2"), (second, "shop@1"), (first, "shop@1")]);
        assert_eq!(
            releases::of_commits(&mut tx, &[first], &[ProjectId(404)])
                .await
                .unwrap(),
            []
        );
        let authors = commits::authors(&mut tx, &[of.id], 10).await.unwrap();
        assert_eq!(authors, [(of.id, "Anna".to_owned(), "a@example.com".to_owned())]);
        assert!(releases::delete(&mut tx, ORGANIZATION, of.id).await.unwrap());
        assert!(deploys::latest(&mut tx, &[of.id]).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    })
    .await;
}
