//! What people are told, and what became of it.

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $name:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $($(#[$of])* #[serde(rename = $text)] $name,)*
        }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

named! {
    /// What a notification tells of. Stored by name.
    NotificationKind {
        /// An issue alert rule fired.
        IssueAlert = "issue_alert",
        /// Something happened to an issue: a comment, an assignment, a change of its status.
        Activity = "activity",
        /// An incident of a metric alert rule changed its status.
        MetricAlert = "metric_alert",
        /// Several alerts that were gathered.
        Digest = "digest",
        /// How many were held back because of a cap.
        HeldNotice = "held_notice",
        Deploy = "deploy",
        WeeklyReport = "weekly_report",
        Quota = "quota",
        SpikeProtection = "spike_protection",
        /// An alert rule was made or changed: the channels it tells see that it reaches them.
        RuleSaved = "rule_saved",
        /// About an account or its security.
        Account = "account",
        /// Somebody tries whether it arrives.
        Test = "test",
    }
}

named! {
    /// What became of a delivery. Stored by name.
    DeliveryState {
        /// It is to be tried, or tried again.
        Waiting = "waiting",
        /// A cap or quiet hours hold it back: it leaves with a digest.
        Held = "held",
        Sent = "sent",
        /// The receiver will never take it.
        Refused = "refused",
        /// Tried as often as its channel allows.
        Failed = "failed",
        /// Somebody took it out, or what it is about is gone.
        Dropped = "dropped",
    }
}

impl DeliveryState {
    /// Nothing more comes of it by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Held)
    }
}

named! {
    /// What came of one attempt. Stored by name.
    AttemptOutcome {
        /// It goes on, or the process ended before there was an answer.
        Begun = "begun",
        Sent = "sent",
        /// Another attempt may succeed.
        Retry = "retry",
        Refused = "refused",
        /// All was sent and the answer did not come: the receiver may have it.
        Lost = "lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_variants_apart() {
        for kind in NotificationKind::ALL {
            assert_eq!(NotificationKind::from_name(kind.name()), Some(*kind));
        }
        for state in DeliveryState::ALL {
            assert_eq!(DeliveryState::from_name(state.name()), Some(*state));
        }
        for outcome in AttemptOutcome::ALL {
            assert_eq!(AttemptOutcome::from_name(outcome.name()), Some(*outcome));
        }
        assert_eq!(NotificationKind::from_name("x"), None);
        assert!(!DeliveryState::Held.is_final() && DeliveryState::Dropped.is_final());
    }
}
