//! How long is waited after a failure.

use std::time::Duration;

use model::JobId;

/// How deliveries of a kind are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure; each further one is twice as long.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// How often it is tried in all before it is a dead letter; `None`: without end.
    pub attempts: Option<u32>,
    /// Waits differ by up to a quarter, so that what failed together does not come back together.
    pub jitter: bool,
}

impl Backoff {
    /// Every five minutes, without end.
    pub const MAIL: Self = Self {
        first: Duration::from_secs(300),
        longest: Duration::from_secs(300),
        attempts: None,
        jitter: false,
    };

    /// For calls of other services: from five seconds to an hour, and about five hours in all.
    pub const WEBHOOK: Self = Self {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(3600),
        attempts: Some(14),
        jitter: true,
    };

    /// The wait after `failed` failures; `None` when it is not tried again.
    pub fn wait(&self, job: JobId, failed: u32) -> Option<Duration> {
        if self.attempts.is_some_and(|attempts| failed >= attempts) {
            return None;
        }
        let wait = doubled(self.first, self.longest, failed);
        Some(if self.jitter {
            wait.mul_f64(spread(job, failed))
        } else {
            wait
        })
    }
}

/// The whole shard of an outbox waits 2, 4, 8 s … 1 h.
pub(crate) fn outbox(failed: u32) -> Duration {
    doubled(Duration::from_secs(2), Duration::from_secs(3600), failed)
}

fn doubled(first: Duration, longest: Duration, failed: u32) -> Duration {
    let times = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(times).min(longest)
}

/// From three quarters to five quarters, told from the job and the attempt (the finalizer of `SplitMix64`), so that it
/// needs no source of randomness.
fn spread(job: JobId, failed: u32) -> f64 {
    let mut bits = job
        .0
        .unsigned_abs()
        .wrapping_add(u64::from(failed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let unit = f64::from(u32::try_from(bits >> 32).expect("32 bits are left")) / f64::from(u32::MAX);
    0.75 + unit / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_waits_twice_as_long_each_time_up_to_an_hour() {
        let waits: Vec<u64> = (1..=14).map(|failed| outbox(failed).as_secs()).collect();
        assert_eq!(
            waits,
            [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]
        );
        assert_eq!(outbox(u32::MAX).as_secs(), 3600);
    }

    #[test]
    fn a_mail_is_tried_every_five_minutes_without_end() {
        for failed in [1, 2, 100, u32::MAX] {
            assert_eq!(Backoff::MAIL.wait(JobId(7), failed), Some(Duration::from_secs(300)));
        }
    }

    #[test]
    fn a_delivery_ends_after_its_attempts_and_spreads_by_a_quarter() {
        let backoff = Backoff::WEBHOOK;
        let mut different = std::collections::BTreeSet::new();
        for job in 0..200 {
            let wait = backoff.wait(JobId(job << 4), 3).unwrap();
            assert!((15.0..=25.0).contains(&wait.as_secs_f64()), "{wait:?}");
            different.insert(wait);
        }
        assert!(different.len() > 150, "they differ");
        assert!(backoff.wait(JobId(7), 13).is_some());
        assert_eq!(backoff.wait(JobId(7), 14), None);
    }
}
