use std::{collections::BTreeSet, time::Duration};

use model::{ActivityKind, EventId, IssueId};
use services::{
    access::AccessError,
    events::{EventSearch, Which},
    issues::{self, MergeError, ShortId, UnmergeError},
    user_reports,
};
use store::{IdPage, events::EventPage, events::EventsOf, events::PageStart};

use super::Sent;
use crate::installation::{Installation, NOW};

const SECOND: Duration = Duration::from_secs(1);

fn named(name: &str) -> Sent<'_> {
    Sent {
        name,
        ..Sent::default()
    }
}

impl Installation {
    /// Two events of `one` and three of `two`, of users whom they share.
    async fn two_issues(&self) -> (IssueId, IssueId, Vec<EventId>) {
        let mut events = Vec::new();
        let (mut one, mut two) = (IssueId(0), IssueId(0));
        for (index, (name, user)) in [("one", "a"), ("one", "b"), ("two", "b"), ("two", "c"), ("two", "c")]
            .into_iter()
            .enumerate()
        {
            let sent = Sent {
                name,
                user,
                environment: if index % 2 == 0 { "production" } else { "staging" },
                release: if name == "one" { "shop@1.0.0" } else { "shop@2.0.0" },
            };
            let at = NOW - SECOND * 100 + SECOND * u32::try_from(index).unwrap();
            let (issue, event) = self.send(&sent, at).await;
            if name == "one" {
                one = issue;
            } else {
                two = issue;
            }
            events.push(event);
        }
        (one, two, events)
    }

    async fn merged(&self, one: IssueId, two: IssueId) -> issues::Merged {
        let both = [self.issue(one).await, self.issue(two).await];
        issues::merge(&self.app, &self.organization(), &both).await.unwrap()
    }

    async fn kinds(&self, id: IssueId) -> Vec<ActivityKind> {
        let found = issues::activities(&self.app, &self.issue(id).await, 10).await.unwrap();
        found.into_iter().map(|activity| activity.kind).collect()
    }

    async fn events_of(&self, id: IssueId) -> BTreeSet<EventId> {
        let of = EventSearch::all(EventsOf::Issue(self.scope.project.id, id));
        let page = EventPage {
            start: PageStart::Newest,
            limit: 100,
        };
        let listed = services::events::list(&self.app, of, page).await.unwrap();
        listed.into_iter().map(|event| event.id).collect()
    }

    async fn hash_of(&self, event: EventId) -> String {
        let found = services::events::get(&self.app, self.scope.project.id, event)
            .await
            .unwrap();
        found.stored.hash
    }
}

#[tokio::test]
async fn tsk4_merge_two_unmerge_one_hash_counts_first_seen_users_and_tags_equal_the_originals() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, events) = installation.two_issues().await;
        let (first, second) = (installation.issue(one).await, installation.issue(two).await);
        let merged = installation.merged(one, two).await;
        assert_eq!(
            (merged.parent, merged.children.as_slice()),
            (two, &[one][..]),
            "what was seen most stays"
        );
        let whole = installation.issue(two).await;
        assert_eq!((whole.times_seen, whole.users_seen), (5, 3), "b is one user");
        assert_eq!(
            (whole.first_seen, whole.last_seen),
            (first.first_seen, second.last_seen)
        );
        assert_eq!(
            (whole.first_release.as_deref(), whole.last_release.as_deref()),
            (Some("shop@1.0.0"), Some("shop@2.0.0"))
        );
        assert_eq!(installation.events_of(two).await.len(), 5);
        assert_eq!(installation.kinds(two).await, [ActivityKind::Merge]);
        // The names of the other one lead here.
        assert_eq!(installation.issue(one).await.id, two);
        let by_name = issues::get(
            &installation.app,
            &installation.organization(),
            &ShortId::of(&first).to_string(),
        )
        .await;
        assert_eq!(by_name.unwrap().id, two);
        installation.finish_moves().await;

        let hash = installation.hash_of(events[0]).await;
        let apart = issues::unmerge(&installation.app, &installation.organization(), &whole, &[hash])
            .await
            .unwrap();
        assert_ne!(apart.id, one);
        for (now, then) in [(&apart, &first), (&installation.issue(two).await, &second)] {
            assert_eq!((now.times_seen, now.users_seen), (then.times_seen, then.users_seen));
            assert_eq!((now.first_seen, now.last_seen), (then.first_seen, then.last_seen));
            assert_eq!(
                (&now.first_release, &now.last_release),
                (&then.first_release, &then.last_release)
            );
            assert_eq!((&now.title, &now.culprit), (&then.title, &then.culprit));
            let environments = issues::environments(&installation.app, now).await.unwrap();
            assert_eq!(environments, ["production", "staging"]);
        }
        assert_eq!(
            installation.events_of(apart.id).await,
            events[..2].iter().copied().collect()
        );
        assert_eq!(installation.events_of(two).await, events[2..].iter().copied().collect());
        assert_eq!(installation.kinds(apart.id).await, [ActivityKind::UnmergeDestination]);
        assert_eq!(
            installation.kinds(two).await,
            [ActivityKind::UnmergeSource, ActivityKind::Merge],
            "both have an activity"
        );
    })
    .await;
}

#[tokio::test]
async fn tsk4_new_events_go_to_the_new_issue() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, events) = installation.two_issues().await;
        installation.merged(one, two).await;
        assert_eq!(installation.send(&named("one"), NOW).await.0, two);
        installation.finish_moves().await;
        let hash = installation.hash_of(events[0]).await;
        let whole = installation.issue(two).await;
        let apart = issues::unmerge(&installation.app, &installation.organization(), &whole, &[hash])
            .await
            .unwrap();
        assert_eq!(apart.times_seen, 3);
        assert_eq!(installation.send(&named("one"), NOW).await.0, apart.id);
        assert_eq!(installation.send(&named("two"), NOW).await.0, two);
        assert_eq!(installation.issue(apart.id).await.times_seen, 4);
        // Users who come again are not new, those of the other issue are.
        let of = |user| Sent { user, ..named("one") };
        for (user, users) in [("a", 2), ("c", 3), ("c", 3)] {
            installation.send(&of(user), NOW).await;
            assert_eq!(installation.issue(apart.id).await.users_seen, users, "{user}");
        }
    })
    .await;
}

#[tokio::test]
async fn tsk4_attachments_and_reports_follow_also_after_a_restart_between_steps() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, events) = installation.two_issues().await;
        for event in [events[0], events[2]] {
            installation
                .attach(&installation.new_attachment(event, "a.txt"), &"x".into())
                .await;
            let report = installation.new_report(event, "oh");
            user_reports::create(&installation.app, &report).await.unwrap();
        }
        let (app, scope) = (&installation.app, installation.organization());
        let counts = async |id: IssueId| {
            let issue = installation.issue(id).await;
            let mut db = app.store.read().await.unwrap();
            let filter = store::attachments::AttachmentFilter::default();
            let page = IdPage::newest(10);
            let files = store::attachments::list_of_issue(&mut db, issue.project, id, &filter, page)
                .await
                .unwrap();
            (
                files.len(),
                user_reports::list_of_issue(app, &issue, page).await.unwrap().len(),
            )
        };
        installation.merged(one, two).await;
        let whole = installation.issue(two).await;
        let hash = [installation.hash_of(events[0]).await];
        // Each step is a transaction, and what is left is in the database: whoever goes on begins there.
        let busy = issues::unmerge(app, &scope, &whole, &hash).await;
        assert!(matches!(busy, Err(UnmergeError::Busy)), "{busy:?}");
        assert!(services::jobs::step(app).await.unwrap());
        installation.finish_moves().await;
        assert_eq!(counts(two).await, (2, 2));
        let apart = issues::unmerge(app, &scope, &whole, &hash).await.unwrap();
        let again = issues::merge(app, &scope, &[whole.clone(), apart.clone()]).await;
        assert!(matches!(again, Err(MergeError::Busy)), "{again:?}");
        // What comes beside an old event goes to the issue that has it now.
        let late = installation
            .attach(&installation.new_attachment(events[1], "late.txt"), &"y".into())
            .await;
        assert_eq!(late.issue, Some(apart.id));
        installation.finish_moves().await;
        assert_eq!((counts(apart.id).await, counts(two).await), ((2, 1), (1, 1)));
        while services::housekeeping::purge_step(app).await.unwrap() {}
        assert_eq!(
            installation.events_of(two).await.len(),
            3,
            "nothing of the merged issue was removed"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_merged_a_moment_ago_is_taken_apart_and_merged_again() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, events) = installation.two_issues().await;
        installation
            .attach(&installation.new_attachment(events[0], "a.txt"), &"x".into())
            .await;
        let (app, scope) = (&installation.app, installation.organization());
        let hash = [installation.hash_of(events[0]).await];
        installation.merged(one, two).await;
        let whole = installation.issue(two).await;
        let busy = issues::unmerge(app, &scope, &whole, &hash).await;
        assert!(matches!(busy, Err(UnmergeError::Busy)), "{busy:?}");
        issues::settle(app, &[two]).await.unwrap();
        let apart = issues::unmerge(app, &scope, &whole, &hash).await.unwrap();
        issues::settle(app, &[two, apart.id]).await.unwrap();
        assert_eq!(installation.merged(apart.id, two).await.parent, two);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_merged_or_taken_apart_is_refused() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, events) = installation.two_issues().await;
        let (app, scope) = (&installation.app, installation.organization());
        let (one, two) = (installation.issue(one).await, installation.issue(two).await);
        let alone = issues::merge(app, &scope, &[one.clone(), one.clone()]).await;
        assert!(matches!(alone, Err(MergeError::TooFew)), "{alone:?}");
        let mut elsewhere = two.clone();
        elsewhere.project = model::ProjectId(1);
        let several = issues::merge(app, &scope, &[one.clone(), elsewhere]).await;
        assert!(matches!(several, Err(MergeError::SeveralProjects)), "{several:?}");
        let mut feedback = two.clone();
        feedback.event_type = "feedback".to_owned();
        let feedback = issues::merge(app, &scope, &[one.clone(), feedback]).await;
        assert!(matches!(feedback, Err(MergeError::Feedback)), "{feedback:?}");
        let hash = installation.hash_of(events[0]).await;
        let all = issues::unmerge(app, &scope, &one, std::slice::from_ref(&hash)).await;
        assert!(matches!(all, Err(UnmergeError::NothingLeft)), "{all:?}");
        let none = issues::unmerge(app, &scope, &two, &[hash]).await;
        assert!(matches!(none, Err(UnmergeError::NoHash)), "{none:?}");
        issues::delete(app, std::slice::from_ref(&one)).await.unwrap();
        let gone = issues::merge(app, &scope, &[one.clone(), two.clone()]).await;
        assert!(matches!(gone, Err(MergeError::Gone)), "{gone:?}");
        let absent = issues::get(app, &scope, &one.id.to_string()).await;
        assert!(matches!(absent, Err(AccessError::NotFound)), "{absent:?}");
        let newest = services::events::get_of_issue(app, &two, Which::Latest).await.unwrap();
        assert_eq!(newest.stored.id, events[4]);
    })
    .await;
}

#[tokio::test]
async fn tsk4_of_two_who_take_the_last_hashes_apart_at_once_one_is_refused() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, events) = installation.two_issues().await;
        installation.merged(one, two).await;
        installation.finish_moves().await;
        let (app, scope) = (&installation.app, installation.organization());
        let whole = installation.issue(two).await;
        let hashes = [
            [installation.hash_of(events[0]).await],
            [installation.hash_of(events[2]).await],
        ];
        let (first, second) = tokio::join!(
            issues::unmerge(app, &scope, &whole, &hashes[0]),
            issues::unmerge(app, &scope, &whole, &hashes[1]),
        );
        let refused = match (first, second) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            other => panic!("{other:?}"),
        };
        // Which of both depends on whether the winner was done before the other looked.
        let refused_rightly = matches!(refused, UnmergeError::Busy | UnmergeError::NothingLeft);
        assert!(refused_rightly, "{refused:?}");
        assert!(installation.issue(two).await.times_seen > 0);
    })
    .await;
}

#[tokio::test]
async fn tsk4_events_that_come_while_issues_are_merged_are_all_counted() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (one, two, _) = installation.two_issues().await;
        let (app, scope) = (&installation.app, installation.organization());
        let both = [installation.issue(one).await, installation.issue(two).await];
        let send = async {
            let mut sent = 0;
            for _ in 0..20 {
                let new = [
                    installation.new_event(&named("one"), NOW).await,
                    installation.new_event(&named("two"), NOW).await,
                ];
                // What meets the merge is tried again, as processing does.
                loop {
                    let mut tx = app.store.begin().await.unwrap();
                    match services::events::save(app, &mut tx, &new.iter().collect::<Vec<_>>()).await {
                        Ok(_) => {
                            tx.commit().await.unwrap();
                            break;
                        }
                        Err(error) => assert!(error.is_transient(), "{error:?}"),
                    }
                }
                sent += 2;
            }
            sent
        };
        let merge = async {
            tokio::task::yield_now().await;
            issues::merge(app, &scope, &both).await.unwrap()
        };
        let (sent, merged) = tokio::join!(send, merge);
        let whole = installation.issue(merged.parent).await;
        assert_eq!(whole.times_seen, 5 + sent);
        let seen = issues::seen_hashes(app, &whole).await.unwrap();
        let by_hash: i64 = seen.iter().map(|seen| seen.times_seen).sum();
        assert_eq!(by_hash, whole.times_seen);
    })
    .await;
}
