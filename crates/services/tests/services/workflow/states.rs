//! Resolving, and coming back.

use ::model::{ActivityKind, InboxReason, IssueStatus, Substatus};
use services::{
    events::Saved,
    issues::{self, IssueChange, IssueChangeError, NewStatus, ResolvedIn},
    releases::{self, NewCommit, ReleaseChange},
};
use triage::ResolutionKind;

use super::{DAY, of_release};
use crate::installation::Installation;

const REGRESSED: (IssueStatus, Substatus) = (IssueStatus::Unresolved, Substatus::Regressed);

/// By semantic versions; as text the second one would come first.
const VERSIONS: [&str; 3] = ["shop@1.9.0", "shop@1.10.0", "shop@1.11.0"];

/// By nothing but their dates.
const NAMES: [&str; 3] = ["bbb", "ccc", "aaa"];

#[tokio::test]
async fn rel1_resolved_in_next_release_holds_for_the_same_release_and_regresses_in_a_later_one() {
    testkit::on_every_database(async |url| resolved_in_next(&Installation::new(url).await, VERSIONS).await).await;
}

#[tokio::test]
async fn rel1_resolved_in_next_release_holds_and_regresses_by_dates() {
    testkit::on_every_database(async |url| resolved_in_next(&Installation::new(url).await, NAMES).await).await;
}

async fn resolved_in_next(installation: &Installation, [old, this, later]: [&str; 3]) {
    let id = installation.later(&of_release(old)).await;
    installation.later(&of_release(this)).await;
    installation.resolve(id, ResolvedIn::NextRelease).await;
    for release in [this, old, "", this] {
        installation.later(&of_release(release)).await;
        assert_eq!(installation.state(id).await.0, IssueStatus::Resolved, "{release}");
    }
    // Among others of its batch the later one reopens, and only that is a regression.
    installation.clock.advance(std::time::Duration::from_secs(1));
    let saved = installation
        .save_all(&[of_release(this), of_release(later), of_release(later)])
        .await;
    assert_eq!(
        saved,
        [Saved::KnownIssue(id), Saved::Regression(id), Saved::KnownIssue(id)]
    );
    assert_eq!(installation.state(id).await, REGRESSED);
    let issue = installation.issue(id).await;
    assert_eq!(issue.review.unwrap().reason, InboxReason::Regression);
    let told = issues::activities(&installation.app, &issue, 10).await.unwrap();
    assert_eq!(told[0].kind, ActivityKind::SetRegression);
    assert_eq!(
        (&told[0].data["version"], &told[0].data["resolved_in_version"]),
        (&later.into(), &this.into())
    );
    // The activity names the release that had come, too.
    assert_eq!(
        (told[1].kind, &told[1].data["version"], told.len()),
        (ActivityKind::SetResolvedInRelease, &later.into(), 2)
    );
}

#[tokio::test]
async fn rel1_resolved_in_a_release_holds_for_older_ones_whenever_they_come() {
    testkit::on_every_database(async |url| resolved_in(&Installation::new(url).await, VERSIONS).await).await;
}

#[tokio::test]
async fn rel1_resolved_in_a_release_holds_for_older_ones_by_dates() {
    testkit::on_every_database(async |url| resolved_in(&Installation::new(url).await, NAMES).await).await;
}

async fn resolved_in(installation: &Installation, [older, this, later]: [&str; 3]) {
    let id = installation.later(&of_release(older)).await;
    installation.later(&of_release(this)).await;
    let in_this = || ResolvedIn::Release(this.to_owned());
    installation.resolve(id, in_this()).await;
    installation.later(&of_release(older)).await;
    assert_eq!(installation.state(id).await.0, IssueStatus::Resolved);
    installation.later(&of_release(this)).await;
    assert_eq!(installation.state(id).await, REGRESSED);
    installation.resolve(id, in_this()).await;
    installation.later(&of_release(later)).await;
    assert_eq!(installation.state(id).await, REGRESSED);
    installation.resolve(id, ResolvedIn::LatestRelease).await;
    installation.later(&of_release(this)).await;
    assert_eq!(installation.state(id).await.0, IssueStatus::Resolved);
    installation.later(&of_release(later)).await;
    assert_eq!(installation.state(id).await, REGRESSED);
}

#[tokio::test]
async fn late_events_reopen_nothing_and_regressed_issues_become_ongoing() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_release("")).await;
        installation.clock.advance(DAY);
        installation.resolve(id, ResolvedIn::Now).await;
        let resolved_at = installation.app.now();
        // Events that were on their way meanwhile, the last one from the very moment.
        let mut late = Vec::new();
        for before in [DAY / 2, std::time::Duration::ZERO] {
            late.push(installation.new_event(&of_release(""), resolved_at - before).await);
        }
        installation.clock.advance(DAY);
        assert_eq!(installation.save_new(late).await, [Saved::KnownIssue(id); 2]);
        assert_eq!(installation.state(id).await.0, IssueStatus::Resolved);
        assert_eq!(installation.issue(id).await.times_seen, 3);
        installation.later(&of_release("")).await;
        assert_eq!(installation.state(id).await, REGRESSED);
        let regressed_at = installation.app.now();
        installation.wait_until(regressed_at + 7 * DAY - DAY / 24).await;
        assert_eq!(installation.state(id).await, REGRESSED);
        installation.wait_until(regressed_at + 7 * DAY).await;
        assert_eq!(
            installation.state(id).await,
            (IssueStatus::Unresolved, Substatus::Ongoing)
        );
        assert_eq!(
            installation.told(id).await,
            [
                ActivityKind::AutoSetOngoing,
                ActivityKind::SetRegression,
                ActivityKind::SetResolved
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn releases_are_asked_for_within_one_project() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_release("")).await;
        let issue = installation.issue(id).await;
        let resolve = async |kind: ResolvedIn| {
            let change = IssueChange {
                status: Some(NewStatus::Resolved(kind)),
                ..IssueChange::default()
            };
            let mut elsewhere = issue.clone();
            elsewhere.project = ::model::ProjectId(1);
            let scope = installation.organization();
            let several = issues::update(&installation.app, &scope, &[issue.clone(), elsewhere], change.clone()).await;
            assert!(matches!(several, Err(IssueChangeError::SeveralProjects)), "{several:?}");
            issues::update(&installation.app, &scope, std::slice::from_ref(&issue), change).await
        };
        for kind in [ResolvedIn::NextRelease, ResolvedIn::LatestRelease] {
            let none = resolve(kind).await;
            assert!(matches!(none, Err(IssueChangeError::NoRelease)), "{none:?}");
        }
        let unknown = resolve(ResolvedIn::Release("shop@1".to_owned())).await;
        assert!(
            matches!(unknown, Err(IssueChangeError::UnknownRelease(_))),
            "{unknown:?}"
        );
        assert_eq!(installation.state(id).await, (IssueStatus::Unresolved, Substatus::New));
        assert_eq!(installation.told(id).await, []);
    })
    .await;
}

#[tokio::test]
async fn resolved_in_a_commit_is_resolved_in_the_release_that_has_it() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_release("shop@1.0.0")).await;
        let in_commit = || ResolvedIn::Commit {
            repository: "acme/shop".to_owned(),
            commit: "f00".to_owned(),
        };
        let release = async |version: &str, commit: &str| {
            let commit = NewCommit {
                key: commit.to_owned(),
                repository: Some("acme/shop".to_owned()),
                ..NewCommit::default()
            };
            let change = ReleaseChange {
                commits: Some(vec![commit]),
                ..ReleaseChange::default()
            };
            let (scope, projects) = (installation.organization(), [installation.scope.project.id]);
            let created = releases::create(&installation.app, &scope, version, &projects, change).await;
            assert!(created.unwrap());
        };
        let resolved_in = async || match installation.tracked(id).await.state.resolution.unwrap().kind {
            ResolutionKind::InRelease(release) => Some(release.version),
            ResolutionKind::InCommit { .. } => None,
            other => panic!("{other:?}"),
        };
        installation.resolve(id, in_commit()).await;
        release("shop@1.1.0", "ba4").await;
        assert_eq!(resolved_in().await, None, "of another commit");
        release("shop@1.2.0", "f00").await;
        assert_eq!(resolved_in().await.as_deref(), Some("shop@1.2.0"));
        installation.later(&of_release("shop@1.1.0")).await;
        assert_eq!(installation.state(id).await.0, IssueStatus::Resolved);
        installation.later(&of_release("shop@1.2.0")).await;
        assert_eq!(installation.state(id).await, REGRESSED);
        // The release may be there before.
        installation.resolve(id, in_commit()).await;
        assert_eq!(resolved_in().await.as_deref(), Some("shop@1.2.0"));
    })
    .await;
}
