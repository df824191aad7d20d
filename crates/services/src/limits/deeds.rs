use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use model::{OrganizationId, Timestamp, UserId};

use super::windows::{Windows, end};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Most that are counted at the same time.
const MOST: usize = 50_000;

/// What is limited by name, and of whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Deed {
    InvitationsByUser(UserId),
    InvitationsOfOrganization(OrganizationId),
    InvitationsToAddress(OrganizationId, String),
}

impl Deed {
    /// For people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvitationsByUser(_) => "invitations of one member",
            Self::InvitationsOfOrganization(_) => "invitations of one organization",
            Self::InvitationsToAddress(..) => "invitations to one address",
        }
    }

    fn window(&self) -> Duration {
        DAY
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many {name}: the limit is {limit} in {} hours", .window.as_secs() / 3_600)]
pub struct LimitReached {
    pub name: &'static str,
    pub limit: u32,
    pub window: Duration,
    /// Until the next window begins.
    pub wait: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Deeds(Mutex<Windows<Deed>>);

impl Deeds {
    /// Counts one of each, unless one of them is at its limit: then none is counted.
    pub(crate) fn count(&self, deeds: &[(Deed, u32)], now: Timestamp) -> Result<(), LimitReached> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (deed, limit) in deeds {
            let window = deed.window();
            let counter = all.counter(deed.clone(), now, window, MOST);
            if counter.is_some_and(|counter| counter.count >= *limit) {
                return Err(LimitReached {
                    name: deed.name(),
                    limit: *limit,
                    window,
                    wait: end(now, window).since(now),
                });
            }
        }
        for (deed, _) in deeds {
            if let Some(counter) = all.counter(deed.clone(), now, deed.window(), MOST) {
                counter.count += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_at_its_limit_counts_nothing_of_the_others() {
        let (deeds, now) = (Deeds::default(), Timestamp(1_800_000_000_000_000));
        let both = |address: &str| {
            let organization = OrganizationId(1);
            [
                (Deed::InvitationsOfOrganization(organization), 3),
                (Deed::InvitationsToAddress(organization, address.to_owned()), 2),
            ]
        };
        assert_eq!(deeds.count(&both("a"), now), Ok(()));
        assert_eq!(deeds.count(&both("a"), now), Ok(()));
        let reached = deeds.count(&both("a"), now).unwrap_err();
        assert!(reached.limit == 2 && reached.wait > Duration::ZERO && reached.wait <= DAY);
        assert_eq!(deeds.count(&both("b"), now), Ok(()));
        assert_eq!(deeds.count(&both("c"), now).unwrap_err().limit, 3);
        assert_eq!(deeds.count(&both("a"), now + DAY), Ok(()));
    }
}
