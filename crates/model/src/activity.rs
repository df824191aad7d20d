//! What happens to issues, and to whom it matters.

macro_rules! numbered {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $name:ident = $number:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$of])* $name = $number,)*
        }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            pub fn number(self) -> i64 {
                self as i64
            }

            pub fn from_number(number: i64) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.number() == number)
            }
        }
    };
}

numbered! {
    /// The kind of an activity. Stored as its number; numbers and names are those of Sentry's own table.
    ActivityKind {
        SetResolved = 1 "set_resolved",
        SetUnresolved = 2 "set_unresolved",
        /// Archived in the pages.
        SetIgnored = 3 "set_ignored",
        SetPublic = 4 "set_public",
        SetPrivate = 5 "set_private",
        SetRegression = 6 "set_regression",
        /// A link to what another system keeps on the issue.
        CreateIssue = 7 "create_issue",
        /// A comment.
        Note = 8 "note",
        /// Not stored: every issue begins with it.
        FirstSeen = 9 "first_seen",
        Assigned = 11 "assigned",
        Unassigned = 12 "unassigned",
        SetResolvedInRelease = 13 "set_resolved_in_release",
        Merge = 14 "merge",
        SetResolvedByAge = 15 "set_resolved_by_age",
        SetResolvedInCommit = 16 "set_resolved_in_commit",
        Deploy = 17 "deploy",
        /// Hashes went to another issue.
        UnmergeSource = 19 "unmerge_source",
        /// Hashes came from another issue.
        UnmergeDestination = 20 "unmerge_destination",
        MarkReviewed = 23 "mark_reviewed",
        AutoSetOngoing = 24 "auto_set_ongoing",
        SetEscalating = 25 "set_escalating",
        SetPriority = 26 "set_priority",
        DeletedAttachment = 27 "deleted_attachment",
    }
}

numbered! {
    /// Why somebody should look at an issue. Stored as its number.
    InboxReason {
        New = 0 "new",
        /// It was archived, and is back.
        Unignored = 1 "unignored",
        Regression = 2 "regression",
        /// Somebody asked for it.
        Manual = 3 "manual",
    }
}

numbered! {
    /// Why somebody is told about an issue. Stored as its number.
    SubscriptionReason {
        Unknown = 0 "unknown",
        Comment = 1 "commented",
        Assigned = 2 "assigned",
        Bookmark = 3 "bookmarked",
        StatusChange = 4 "changed_status",
        DeploySetting = 5 "deploy_setting",
        Mentioned = 6 "mentioned",
        TeamMentioned = 7 "team_mentioned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_tell_kinds_apart() {
        for (index, kind) in ActivityKind::ALL.iter().enumerate() {
            assert_eq!(ActivityKind::from_number(kind.number()), Some(*kind));
            assert!(
                ActivityKind::ALL[..index]
                    .iter()
                    .all(|other| other.name() != kind.name())
            );
        }
        assert_eq!(ActivityKind::from_number(10), None);
        assert_eq!(InboxReason::from_number(2), Some(InboxReason::Regression));
        assert_eq!(SubscriptionReason::from_number(-1), None);
    }
}
