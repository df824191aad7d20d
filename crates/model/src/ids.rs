use std::{
    fmt,
    num::ParseIntError,
    str::FromStr,
    sync::atomic::{AtomicI64, Ordering},
};

use crate::SharedClock;

/// The largest id: clients read ids as JSON numbers, which are exact only below 2^53.
pub const MAX_ID: i64 = (1 << 53) - 1;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    OrganizationId,
    TeamId,
    ProjectId,
    /// A key of a project: what a DSN holds.
    ProjectKeyId,
    UserId,
    MemberId,
    /// A browser session.
    SessionId,
    /// An API token.
    TokenId,
    IssueId,
    /// A file: a name and the blobs that hold its content.
    FileId,
    AttachmentId,
    /// An item that is kept whole until a part of the product reads it.
    StoredItemId,
    UserReportId,
    /// A question about events that an organization keeps.
    DiscoverQueryId,
    /// Something that happened to an issue; of a comment too.
    ActivityId,
    /// That a hash belongs to an issue. A hash that is let go and bound anew has another one.
    BindingId,
    CodeownersId,
    DeployId,
    /// A link from an issue to another system.
    IssueLinkId,
    /// A search that is kept as a tab.
    IssueViewId,
    ReleaseId,
    /// Somebody who was invited to an organization, or asks to join it.
    InvitationId,
    AuditEntryId,
    /// A further e-mail address of a user.
    EmailId,
    /// An API token of an organization, which is nobody's.
    OrganizationTokenId,
    MailId,
    /// An application that acts for users.
    OauthApplicationId,
    /// That a user has allowed an application to act for them.
    AuthorizationId,
    /// A code with which an application fetches tokens.
    GrantId,
    /// Work that is to be done later, once.
    JobId,
    /// An issue alert rule.
    AlertRuleId,
    /// That an issue alert rule fired for an event.
    FiringId,
    /// That somebody, or everybody, is not told by a rule for a while.
    SnoozeId,
    /// A time in which no rule of a project fires.
    MaintenanceWindowId,
    MetricAlertId,
    /// A threshold of a metric alert rule.
    TriggerId,
    /// What a trigger does.
    TriggerActionId,
    IncidentId,
    IncidentActivityId,
    /// A cause to tell people something.
    NotificationId,
    /// One message to one recipient by one channel.
    DeliveryId,
    /// A preference of a user or team about a type of notifications.
    NotificationSettingId,
    /// When a user or a team wants to be told, and where.
    NotificationRuleId,
    /// What an organization is told of by which service.
    NotificationActionId,
    /// A browser that shows notifications.
    PushSubscriptionId,
    /// An e-mail address of an organization that is no user's.
    MailAddressId,
}

/// Which process makes ids, so that two at a time never make the same one: 0 is the one `serve`, 1 to 15 are others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node(u8);

impl Node {
    pub const SERVE: Self = Self(0);

    /// A node part for a process beside `serve`: any number, folded into 1 to 15.
    pub fn other(number: u32) -> Self {
        Self(u8::try_from(number % 15).unwrap_or(0) + 1)
    }
}

/// Makes ids: positive, below 2^53, rising with time even when the clock steps back.
///
/// 41 bits of milliseconds since 2025-01-01, 8 bits of sequence, 4 bits of node.
#[derive(Debug)]
pub struct IdGenerator {
    clock: SharedClock,
    node: i64,
    /// Milliseconds and sequence of the newest id.
    last: AtomicI64,
}

const EPOCH_MILLIS: i64 = 1_735_689_600_000;
const SEQUENCE_BITS: u32 = 8;
const NODE_BITS: u32 = 4;

impl IdGenerator {
    /// `newest` is the newest id in use (0 if none): everything made here is larger, whatever the clock says.
    pub fn new(clock: SharedClock, node: Node, newest: i64) -> Self {
        Self {
            clock,
            node: i64::from(node.0),
            last: AtomicI64::new(newest >> NODE_BITS),
        }
    }

    pub fn next(&self) -> i64 {
        let now = ((self.clock.now().millis() - EPOCH_MILLIS).max(0)) << SEQUENCE_BITS;
        let before = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(now.max(last + 1)))
            .unwrap_or_else(|last| last);
        now.max(before + 1) << NODE_BITS | self.node
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TestClock, Timestamp};
    use std::time::Duration;

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let clock = TestClock::at(Timestamp::from_seconds(1_800_000_000));
        let ids = IdGenerator::new(clock.clone(), Node::SERVE, 0);
        let mut newest = 0;
        for step in 0..2_000 {
            if step == 1_000 {
                clock.set(Timestamp::from_seconds(1_700_000_000));
            }
            let id = ids.next();
            assert!(id > newest && id <= MAX_ID);
            newest = id;
        }
        let restarted = IdGenerator::new(clock.clone(), Node::other(3), newest);
        assert!(restarted.next() > newest);
        clock.advance(Duration::from_secs(200_000_000));
        assert!(ids.next() > newest);
    }

    #[test]
    fn two_nodes_never_make_the_same_id() {
        let clock = TestClock::at(Timestamp::from_seconds(1_800_000_000));
        let (one, two) = (
            IdGenerator::new(clock.clone(), Node::SERVE, 0),
            IdGenerator::new(clock, Node::other(0), 0),
        );
        assert_ne!(one.next(), two.next());
    }
}
