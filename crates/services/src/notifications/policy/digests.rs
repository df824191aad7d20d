//! The alerts of a project, gathered for each of those who get them: the first goes at once, those that follow together.

use std::time::Duration;

use model::Timestamp;
use store::{Connection, held_notifications};

use super::{Placement, Placing, ProjectNotifications};
use crate::{
    App,
    notifications::{Reason, recipients::Recipient},
};

/// By how much each further alert puts a digest off.
const INCREMENT: Duration = Duration::from_secs(30);

pub(super) async fn place(
    app: &App,
    db: &mut Connection,
    placing: &Placing<'_>,
    to: &Recipient,
) -> Result<Placement, store::Error> {
    let now = placing.now;
    let new = placing.timeline(app, to, Reason::Digest, now + placing.project.least_delay());
    let (is_new, timeline) = held_notifications::open(db, &new).await?;
    if is_new {
        return Ok(Placement::Now);
    }
    let is_first = timeline.held == 0;
    if is_first && timeline.due_at <= now {
        // It was quiet for long enough, and nobody has closed the timeline yet.
        held_notifications::set_times(db, timeline.id, now, new.due_at).await?;
        return Ok(Placement::Now);
    }
    placing.add(db, &timeline, to).await?;
    if !is_first {
        let due = put_off(&placing.project, timeline.told_at, timeline.due_at);
        held_notifications::set_times(db, timeline.id, timeline.told_at, due).await?;
    }
    Ok(Placement::Held(Reason::Digest))
}

/// When a digest leaves to which one more alert came.
fn put_off(project: &ProjectNotifications, told_at: Timestamp, due_at: Timestamp) -> Timestamp {
    let latest = told_at + project.most_delay();
    due_at.max((due_at + INCREMENT).min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntf8_each_alert_puts_a_digest_off_up_to_the_longest_delay() {
        let project = ProjectNotifications::default();
        let told = Timestamp::from_seconds(1_000);
        let mut due = told + project.least_delay();
        let mut seen = Vec::new();
        for _ in 0..60 {
            due = put_off(&project, told, due);
            seen.push(due.since(told).as_secs());
        }
        assert_eq!(&seen[..3], [330, 360, 390]);
        assert_eq!(seen[59], 1_800);
    }
}
