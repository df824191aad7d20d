//! Archived until it escalates.

use std::time::Duration;

use ::model::{ActivityKind, IssueId, IssueStatus, Priority, Substatus};
use services::{
    events,
    issues::{ArchivedUntil, NewStatus},
};

use super::{DAY, of_user};
use crate::installation::{Installation, NOW};

const HOUR: Duration = Duration::from_secs(3_600);
const ARCHIVED: (IssueStatus, Substatus) = (IssueStatus::Ignored, Substatus::ArchivedUntilEscalating);
const ESCALATING: (IssueStatus, Substatus) = (IssueStatus::Unresolved, Substatus::Escalating);

impl Installation {
    /// An issue that brought two events in every hour of a week.
    async fn steady_issue(&self) -> IssueId {
        let mut new = Vec::new();
        for hour in 0..168_u32 {
            for minute in [10, 20] {
                let at = NOW.truncate(HOUR) - HOUR * hour - Duration::from_secs(minute * 60);
                new.push(self.new_event(&of_user(""), at).await);
            }
        }
        let saved = events::record(&self.app, new).await.unwrap();
        saved[0].issue().unwrap()
    }

    async fn ceilings(&self, id: IssueId) -> Option<Vec<i64>> {
        self.tracked(id).await.forecast.map(|forecast| forecast.ceilings)
    }
}

#[tokio::test]
async fn an_issue_escalates_when_an_hour_brings_more_than_its_past_lets_expect() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.steady_issue().await;
        installation
            .set_status(id, NewStatus::Archived(ArchivedUntil::Escalating))
            .await;
        assert_eq!(installation.state(id).await, ARCHIVED);
        assert_eq!(
            installation.ceilings(id).await,
            None,
            "nobody waits for the index while changing an issue"
        );
        installation.run_jobs().await;
        let ceilings = installation.ceilings(id).await.unwrap();
        assert_eq!(ceilings.len(), triage::DAYS);
        // Two an hour: five times the mean on top of the mean.
        let ceiling = ceilings[0];
        assert!((10..=13).contains(&ceiling), "{ceilings:?}");

        let some = |count: i64| vec![of_user(""); usize::try_from(count).unwrap()];
        installation.save_all(&some(ceiling)).await;
        assert_eq!(installation.state(id).await, ARCHIVED);
        // Another hour is counted anew.
        installation.clock.advance(HOUR);
        installation.save_all(&some(ceiling)).await;
        assert_eq!(installation.state(id).await, ARCHIVED);
        installation.save_all(&some(1)).await;
        assert_eq!(installation.state(id).await, ESCALATING);
        let escalated_at = installation.app.now();
        assert_eq!(
            installation.told(id).await,
            [ActivityKind::SetEscalating, ActivityKind::SetIgnored],
            "its priority was high before"
        );
        assert_eq!(installation.issue(id).await.priority, Priority::High);
        installation.wait_until(escalated_at + 7 * DAY).await;
        assert_eq!(
            installation.state(id).await,
            (IssueStatus::Unresolved, Substatus::Ongoing)
        );
    })
    .await;
}

#[tokio::test]
async fn a_forecast_is_made_anew_each_week_and_forgotten_with_the_snooze() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let id = installation.steady_issue().await;
        let escalating = || NewStatus::Archived(ArchivedUntil::Escalating);
        installation.set_status(id, escalating()).await;
        installation.run_jobs().await;
        let from = async || installation.tracked(id).await.forecast.unwrap().from;
        let first = from().await;
        installation.wait_until(NOW + 6 * DAY).await;
        assert_eq!(from().await, first);
        installation.wait_until(NOW + 8 * DAY).await;
        assert!(from().await > first);
        // Nothing came for a week, so little is needed now.
        assert_eq!(installation.ceilings(id).await.unwrap()[0], 10);
        installation.set_status(id, NewStatus::Unresolved(None)).await;
        installation.set_status(id, escalating()).await;
        assert_eq!(installation.ceilings(id).await, None);
    })
    .await;
}
