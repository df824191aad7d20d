//! Archived until something happens.

use std::time::Duration;

use ::model::{ActivityKind, InboxReason, IssueId, IssueStatus, Substatus};
use services::{
    events::Saved,
    issues::{self, IssueChange, IssueChangeError},
};

use super::{DAY, MINUTE, more, of_user, until};
use crate::{installation::Installation, moving::Sent};

const BACK: (IssueStatus, Substatus) = (IssueStatus::Unresolved, Substatus::Ongoing);
const ARCHIVED: (IssueStatus, Substatus) = (IssueStatus::Ignored, Substatus::ArchivedUntilConditionMet);

impl Installation {
    /// So many events at once, half a second later.
    async fn burst(&self, count: usize) -> Vec<Saved> {
        self.clock.advance(Duration::from_millis(500));
        self.save_all(&vec![of_user(""); count]).await
    }

    async fn is_back(&self, id: IssueId) -> bool {
        let state = self.state(id).await;
        assert!([BACK, ARCHIVED].contains(&state), "{state:?}");
        state == BACK
    }
}

#[tokio::test]
async fn archived_until_100_events_reopens_at_the_100th() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        installation.burst(7).await;
        let id = installation.burst(1).await[0].issue().unwrap();
        let until_100 = || until(None, more(100, None), None);
        installation.set_status(id, until_100()).await;
        installation.burst(1).await;
        installation.burst(98).await;
        assert_eq!(installation.state(id).await, ARCHIVED, "99 have come");
        installation.burst(1).await;
        assert_eq!(installation.state(id).await, BACK);
        let issue = installation.issue(id).await;
        assert_eq!(issue.review.unwrap().reason, InboxReason::Unignored);
        assert_eq!(
            installation.told(id).await,
            [ActivityKind::SetUnresolved, ActivityKind::SetIgnored]
        );

        // In the middle of a batch of 500, of which half are another issue's.
        installation.set_status(id, until_100()).await;
        installation.burst(30).await;
        let other = Sent {
            name: "b",
            ..Sent::default()
        };
        let batch: Vec<Sent<'_>> = (0..500)
            .map(|number| if number % 2 == 0 { of_user("") } else { other.clone() })
            .collect();
        let saved = installation.save_all(&batch).await;
        assert!(saved.iter().all(|saved| saved.issue().is_some()));
        assert_eq!(installation.state(id).await, BACK);
        assert_eq!(installation.issue(id).await.times_seen, 8 + 100 + 30 + 250);
        assert_eq!(installation.told(id).await.len(), 4, "it came back once");
        let other = saved[1].issue().unwrap();
        assert_eq!(
            installation.state(other).await,
            (IssueStatus::Unresolved, Substatus::New)
        );

        // A batch that ends one short of it.
        installation.set_status(id, until_100()).await;
        installation.burst(99).await;
        assert_eq!(installation.state(id).await, ARCHIVED);
        installation.burst(1).await;
        assert_eq!(installation.state(id).await, BACK);
    })
    .await;
}

#[tokio::test]
async fn archived_until_3_users_counts_those_who_are_new_to_the_issue() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_user("old")).await;
        installation.set_status(id, until(None, None, more(3, None))).await;
        for (user, is_back) in [
            ("", false),
            ("old", false),
            ("a", false),
            ("b", false),
            ("b", false),
            ("c", true),
        ] {
            installation.later(&of_user(user)).await;
            assert_eq!(installation.is_back(id).await, is_back, "{user:?}");
        }
        // Events or users, whichever come first.
        installation
            .set_status(id, until(None, more(2, None), more(50, None)))
            .await;
        installation.burst(2).await;
        assert_eq!(installation.state(id).await, BACK);
    })
    .await;
}

#[tokio::test]
async fn within_a_window_only_what_is_recent_counts() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        installation.burst(50).await;
        let id = installation.burst(50).await[0].issue().unwrap();
        let hour = Some(60 * MINUTE);
        installation.set_status(id, until(None, more(10, hour), None)).await;
        installation.burst(9).await;
        assert_eq!(
            installation.state(id).await,
            ARCHIVED,
            "what came before does not count"
        );
        installation.clock.advance(60 * MINUTE);
        installation.burst(9).await;
        assert_eq!(
            installation.state(id).await,
            ARCHIVED,
            "the first nine are an hour behind"
        );
        installation.clock.advance(58 * MINUTE);
        installation.burst(1).await;
        assert_eq!(installation.state(id).await, BACK);

        let users = until(None, None, more(3, hour));
        installation.set_status(id, users).await;
        for (wait, user, is_back) in [
            (0, "a", false),
            (30, "b", false),
            (31, "a", false),
            (10, "b", false),
            (10, "a", false),
            (10, "c", true),
        ] {
            installation.clock.advance(MINUTE * wait);
            installation.save_all(&[of_user(user)]).await;
            assert_eq!(installation.is_back(id).await, is_back, "{wait} {user}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_time_ends_by_itself_or_with_the_first_event_behind_it() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_user("")).await;
        let for_an_hour = || until(Some(60 * MINUTE), more(1_000, None), None);
        let archived_at = installation.app.now();
        installation.set_status(id, for_an_hour()).await;
        installation.wait_until(archived_at + 59 * MINUTE).await;
        installation.later(&of_user("")).await;
        assert_eq!(installation.state(id).await, ARCHIVED);
        installation.wait_until(archived_at + 60 * MINUTE).await;
        assert_eq!(installation.state(id).await, BACK);
        // Before the jobs come to it.
        installation.set_status(id, for_an_hour()).await;
        installation.clock.advance(61 * MINUTE);
        installation.later(&of_user("")).await;
        assert_eq!(installation.state(id).await, BACK);
        installation.run_jobs().await;
        assert_eq!(installation.told(id).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn no_window_is_longer_than_what_is_remembered() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.later(&of_user("")).await;
        let archive = async |window: Duration| {
            let change = IssueChange {
                status: Some(until(None, None, more(5, Some(window)))),
                ..IssueChange::default()
            };
            let issue = installation.issue(id).await;
            issues::update(&installation.app, &installation.organization(), &[issue], change).await
        };
        let refused = archive(issues::LONGEST_WINDOW + MINUTE).await;
        assert!(matches!(refused, Err(IssueChangeError::WindowTooLong)), "{refused:?}");
        archive(issues::LONGEST_WINDOW).await.unwrap();
        for user in ["a", "b", "c", "d"] {
            installation.later(&of_user(user)).await;
        }
        installation.clock.advance(6 * DAY);
        services::housekeeping::expire(&installation.app).await.unwrap();
        assert_eq!(installation.state(id).await, ARCHIVED);
        installation.later(&of_user("e")).await;
        assert_eq!(installation.state(id).await, BACK);
    })
    .await;
}
