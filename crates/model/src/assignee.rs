use std::{fmt, str::FromStr};

use crate::{TeamId, UserId};

/// Who is to see to an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignee {
    User(UserId),
    Team(TeamId),
}

impl Assignee {
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Team(_) => None,
        }
    }

    pub fn team(self) -> Option<TeamId> {
        match self {
            Self::User(_) => None,
            Self::Team(team) => Some(team),
        }
    }
}

/// `user:7` or `team:7`, as the API writes it.
impl fmt::Display for Assignee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user:{user}"),
            Self::Team(team) => write!(f, "team:{team}"),
        }
    }
}

/// Who decided on an assignee. Stored as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AssignedBy {
    #[default]
    Nobody = 0,
    /// Also on nobody: rules leave that alone.
    Person = 1,
    OwnershipRule = 2,
    Commit = 3,
    /// It fired, and gives issues to somebody.
    AlertRule = 4,
}

impl AssignedBy {
    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Nobody,
            1 => Self::Person,
            2 => Self::OwnershipRule,
            3 => Self::Commit,
            4 => Self::AlertRule,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected user: or team: and an id")]
pub struct ParseAssigneeError;

impl FromStr for Assignee {
    type Err = ParseAssigneeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) = text.split_once(':').ok_or(ParseAssigneeError)?;
        match (kind, id.parse()) {
            ("user", Ok(id)) => Ok(Self::User(UserId(id))),
            ("team", Ok(id)) => Ok(Self::Team(TeamId(id))),
            _ => Err(ParseAssigneeError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        for assignee in [Assignee::User(UserId(7)), Assignee::Team(TeamId(9))] {
            assert_eq!(assignee.to_string().parse(), Ok(assignee));
        }
        for bad in ["", "7", "user:", "user:x", "group:7", "team"] {
            assert_eq!(bad.parse::<Assignee>(), Err(ParseAssigneeError), "{bad}");
        }
    }
}
