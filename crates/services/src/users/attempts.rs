//! How often somebody may try a password or a code: within ten minutes, so often for one account and so often from one
//! address. Kept in memory: after a restart one may try again.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use model::{Timestamp, UserId};

const WINDOW: Duration = Duration::from_secs(600);
const OF_ACCOUNT: u32 = 10;

/// Mails that one user may have sent to addresses, which may be others'.
const MAILS: u32 = 10;
const MAIL_WINDOW: Duration = Duration::from_secs(60);

const FROM_ADDRESS: u32 = 50;

/// Most accounts and addresses that are remembered.
const MOST: usize = 20_000;

/// How much of a name is remembered: longer ones nobody has, and they are chosen by whoever tries.
const NAME_CHARS: usize = 320;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts: try again in {} minutes", .0.as_secs().div_ceil(60))]
pub struct TooManyAttempts(pub Duration);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    /// By the name that was given: one that nobody has counts as well, or it would tell that nobody has it.
    Login(String),
    User(UserId),
    Address(IpAddr),
    /// Whose mails go to addresses that they name.
    Mails(String),
}

impl Who {
    fn window(&self) -> Duration {
        match self {
            Self::Login(_) | Self::User(_) | Self::Address(_) => WINDOW,
            Self::Mails(_) => MAIL_WINDOW,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    since: Timestamp,
    count: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<Who, Tries>>);

/// Who makes an attempt.
#[derive(Debug)]
pub(crate) struct Attempt(Vec<(Who, u32)>);

impl Attempt {
    pub(crate) fn by_login(login: &str, address: Option<IpAddr>) -> Self {
        let name = login.trim().chars().take(NAME_CHARS).collect::<String>();
        Self::new(Who::Login(name.to_lowercase()), address)
    }

    pub(crate) fn by_user(user: UserId, address: Option<IpAddr>) -> Self {
        Self::new(Who::User(user), address)
    }

    /// To have a mail sent.
    pub(crate) fn to_send(user: &str) -> Self {
        Self(vec![(Who::Mails(user.to_owned()), MAILS)])
    }

    /// Of a program that gives a long random secret, which nobody guesses: only the address is held back.
    pub(crate) fn by_address(address: Option<IpAddr>) -> Self {
        let address = address.map(|address| (Who::Address(network(address)), FROM_ADDRESS));
        Self(address.into_iter().collect())
    }

    fn new(who: Who, address: Option<IpAddr>) -> Self {
        let Self(address) = Self::by_address(address);
        Self([(who, OF_ACCOUNT)].into_iter().chain(address).collect())
    }
}

/// Who has one IPv6 address has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

impl Attempts {
    /// Counts an attempt before it is made, so that many at once are not more than many after each other.
    pub(crate) fn begin(&self, attempt: &Attempt, now: Timestamp) -> Result<(), TooManyAttempts> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (who, limit) in &attempt.0 {
            if let Some(tries) = all.get(who).filter(|tries| tries.is_current(who, now))
                && tries.count >= *limit
            {
                return Err(TooManyAttempts(who.window().saturating_sub(now.since(tries.since))));
            }
        }
        if all.len() + attempt.0.len() > MOST {
            make_room(&mut all, now);
        }
        for (who, _) in &attempt.0 {
            let tries = all.entry(who.clone()).or_insert(Tries { since: now, count: 0 });
            if !tries.is_current(who, now) {
                *tries = Tries { since: now, count: 0 };
            }
            tries.count += 1;
        }
        Ok(())
    }

    /// It was right: the account begins anew, and the address gets the attempt back.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (who, _) in &attempt.0 {
            match who {
                Who::Address(_) => {
                    if let Some(tries) = all.get_mut(who) {
                        tries.count = tries.count.saturating_sub(1);
                    }
                }
                Who::Login(_) | Who::User(_) | Who::Mails(_) => {
                    all.remove(who);
                }
            }
        }
    }
}

impl Tries {
    fn is_current(&self, who: &Who, now: Timestamp) -> bool {
        now.since(self.since) < who.window()
    }
}

/// Forgets what is over, and if that is not enough the older half.
fn make_room(all: &mut HashMap<Who, Tries>, now: Timestamp) {
    all.retain(|who, tries| tries.is_current(who, now));
    if all.len() < MOST / 2 {
        return;
    }
    let mut times: Vec<i64> = all.values().map(|tries| tries.since.0).collect();
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    all.retain(|_, tries| tries.since.0 > middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn address(number: u128) -> Option<IpAddr> {
        Some(IpAddr::V6(number.into()))
    }

    #[test]
    fn an_account_has_ten_attempts_in_ten_minutes() {
        let attempts = Attempts::default();
        for number in 0..10_u128 {
            let attempt = Attempt::by_login(" A@example.com", address(number << 64));
            assert_eq!(attempts.begin(&attempt, NOW), Ok(()));
        }
        let eleventh = Attempt::by_login("a@example.com", address(99 << 64));
        let later = NOW + Duration::from_secs(60);
        assert_eq!(
            attempts.begin(&eleventh, later),
            Err(TooManyAttempts(Duration::from_secs(540)))
        );
        assert_eq!(attempts.begin(&Attempt::by_login("b@example.com", None), later), Ok(()));
        assert_eq!(attempts.begin(&eleventh, NOW + WINDOW), Ok(()));
    }

    #[test]
    fn an_address_has_fifty_attempts_for_all_accounts_and_gets_right_ones_back() {
        let attempts = Attempts::default();
        for number in 0..FROM_ADDRESS {
            let attempt = Attempt::by_login(&number.to_string(), address(u128::from(number)));
            assert_eq!(attempts.begin(&attempt, NOW), Ok(()));
            let right = Attempt::by_login("right", address(7));
            if attempts.begin(&right, NOW).is_ok() {
                attempts.succeeded(&right);
            }
        }
        assert!(attempts.begin(&Attempt::by_login("x", address(7)), NOW).is_err());
        assert_eq!(attempts.begin(&Attempt::by_login("x", address(1 << 64)), NOW), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..2 * MOST as i64 {
            let attempt = Attempt::by_user(UserId(number), None);
            assert_eq!(attempts.begin(&attempt, Timestamp(NOW.0 + number)), Ok(()));
        }
        assert!(attempts.0.lock().unwrap().len() <= MOST);
    }
}
