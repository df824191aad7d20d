//! What the tests begin with.

use model::{
    BindingId, EventId, IssueId, KeyStatus, Level, OrganizationId, Priority, ProjectId, ProjectKeyId, Timestamp, UserId,
};
use store::{
    Store, StoreConfig, Tx,
    avatars::Avatar,
    issues::{EnvironmentSightings, NewIssue, Sighting, Sightings},
    organizations::Organization,
    project_keys::{ProjectKey, SdkLoader},
    projects::Project,
    users::User,
};
use triage::{Action, State};

pub(crate) const ORGANIZATION: OrganizationId = OrganizationId(1);
pub(crate) const PROJECT: ProjectId = ProjectId(10);
pub(crate) const USER: UserId = UserId(100);

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

pub(crate) async fn open(url: &str) -> Store {
    Store::open(&StoreConfig::new(url)).await.unwrap()
}

/// A store with an organization, a user and a project.
pub(crate) async fn seeded(url: &str) -> Store {
    let store = open(url).await;
    let mut tx = store.begin().await.unwrap();
    store::organizations::create(&mut tx, &organization(ORGANIZATION, "acme"))
        .await
        .unwrap();
    store::users::create(&mut tx, &user(USER, "a@example.com"), "hash")
        .await
        .unwrap();
    store::projects::create(&mut tx, &project(PROJECT, "web"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store
}

pub(crate) fn organization(id: OrganizationId, slug: &str) -> Organization {
    Organization {
        id,
        slug: slug.to_owned(),
        name: slug.to_uppercase(),
        created_at: at(0),
        delete_at: None,
        avatar: Avatar::default(),
    }
}

pub(crate) fn user(id: UserId, email: &str) -> User {
    User {
        id,
        email: email.to_owned(),
        name: "Anna\0".to_owned(),
        is_admin: true,
        is_active: true,
        created_at: at(0),
        last_login_at: None,
        last_active_at: None,
        username: email.split('@').next().unwrap().to_owned(),
        time_zone: "UTC".to_owned(),
        has_second_factor: false,
        avatar: Avatar::default(),
    }
}

pub(crate) fn project(id: ProjectId, slug: &str) -> Project {
    Project {
        id,
        organization: ORGANIZATION,
        slug: slug.to_owned(),
        name: slug.to_owned(),
        platform: Some("python".to_owned()),
        created_at: at(0),
        first_event_at: None,
        delete_at: None,
    }
}

pub(crate) fn key(id: i64, public_key: &str) -> ProjectKey {
    ProjectKey {
        id: ProjectKeyId(id),
        project: PROJECT,
        public_key: public_key.to_owned(),
        secret_key: "s".to_owned(),
        label: "Default".to_owned(),
        status: KeyStatus::Active,
        rate_limit: None,
        sdk_loader: SdkLoader::default(),
        created_at: at(0),
    }
}

pub(crate) fn sighting(seconds: i64, title: &str) -> Sighting {
    Sighting {
        at: at(seconds),
        event_type: "error".to_owned(),
        title: title.to_owned(),
        culprit: "shop.pay in charge".to_owned(),
        metadata: serde_json::Map::from_iter([("type".to_owned(), title.into())]),
        search_text: format!("{title} 100% of_it"),
        level: Level::Error,
        platform: "python".to_owned(),
        logger: String::new(),
        unhandled: true,
        release: Some(format!("shop@{seconds}")),
    }
}

pub(crate) fn event_id(number: u8) -> EventId {
    EventId([number; 16])
}

/// Adds an issue with this id and one event.
pub(crate) async fn issue(tx: &mut Tx, id: i64, title: &str, seconds: i64) -> IssueId {
    let issue = IssueId(id);
    let seen = sighting(seconds, title);
    let short_number = store::projects::next_short_number(tx, PROJECT).await.unwrap();
    let new = NewIssue {
        id: issue,
        project: PROJECT,
        short_number,
        state: State::of_new_issue(Priority::High, seen.at),
    };
    store::issues::create(tx, &new, &seen).await.unwrap();
    store::issues::bind_hashes(tx, PROJECT, issue, &[(format!("{id:032x}"), BindingId(id))])
        .await
        .unwrap();
    saw(tx, issue, &seen, 0).await;
    issue
}

/// Lets somebody do something to an issue.
pub(crate) async fn act(tx: &mut Tx, issue: IssueId, action: Action, now: Timestamp) {
    let tracked = store::issues::states(tx, &[PROJECT], &[issue]).await.unwrap().remove(0);
    let step = triage::act(&tracked.state, &action, Some(USER), now).unwrap();
    store::issues::set_state(tx, &tracked, &step.state, Some(USER), now)
        .await
        .unwrap();
}

/// Counts one event.
pub(crate) async fn saw(tx: &mut Tx, issue: IssueId, seen: &Sighting, new_users: i64) {
    let sightings = Sightings {
        project: PROJECT,
        issue,
        events: 1,
        new_users,
        first_at: seen.at,
        first_release: seen.release.as_deref(),
        newest: seen,
    };
    store::issues::record(tx, &[sightings]).await.unwrap();
}

/// Counts one event in an environment.
pub(crate) async fn saw_in(tx: &mut Tx, issue: IssueId, environment: &str, at: Timestamp) {
    let seen = EnvironmentSightings {
        // As `issue` binds its hash.
        binding: BindingId(issue.0),
        issue,
        environment,
        first_at: at,
        last_at: at,
        events: 1,
    };
    store::issues::record_environments(tx, &[seen]).await.unwrap();
}
