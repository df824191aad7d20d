use model::{DataCategory, ProjectId};
use quota::{
    Decision, RateLimiter,
    spikes::{HISTORY, REASON, Settings, quota, threshold},
};

use crate::{HERE, at};

const ON: Settings = Settings {
    enabled: true,
    minimum: 100,
    factor: 6.0,
};

#[test]
fn the_threshold_follows_the_traffic() {
    let quiet = [0; HISTORY];
    let steady = [1000; HISTORY];
    // Each day the coming hour is busy and the others are not.
    let nightly: Vec<u64> = (0..HISTORY).map(|hour| if hour % 24 == 0 { 9600 } else { 0 }).collect();
    // The same, but only since yesterday: the newest day weighs 7 of 28.
    let mut since_yesterday = quiet;
    since_yesterday[HISTORY - 24] = 9600;
    for (history, expected) in [
        (&quiet[..], Some(100)),
        (&steady[..], Some(6000)),
        (&nightly[..], Some(57_600)),
        (&since_yesterday[..], Some(14_400)),
        (&steady[..24], Some(6000)),
        (&steady[..23], None),
        (&[], None),
    ] {
        assert_eq!(threshold(&ON, history, None), expected, "{} hours", history.len());
    }
    let off = Settings { enabled: false, ..ON };
    assert_eq!(threshold(&off, &steady, None), None);
    assert!(!Settings::default().enabled);
    for settings in [Settings { factor: f64::NAN, ..ON }, Settings { minimum: 0, ..ON }] {
        assert_eq!(threshold(&settings, &steady, None), None);
    }
    assert_eq!(threshold(&ON, &[u64::MAX; HISTORY], None), Some(u64::MAX));
}

#[test]
fn it_does_not_waver_rises_at_once_and_falls_slowly() {
    for (hourly, previous, expected) in [
        (1000, 6000, 6000),
        (1100, 6000, 6000),
        (1200, 6000, 6000),
        (1210, 6000, 7260),
        (5000, 6000, 30_000),
        (900, 6000, 6000),
        (800, 6000, 6000),
        (790, 6000, 4740),
        (100, 6000, 4500),
        (0, 6000, 4500),
        (0, 110, 110),
        (0, 60, 100),
    ] {
        let history = [hourly; HISTORY];
        assert_eq!(
            threshold(&ON, &history, Some(previous)),
            Some(expected),
            "{hourly} after {previous}"
        );
    }
}

#[test]
fn a_spike_is_cut_and_real_growth_is_let_through() {
    let mut history = vec![1000; HISTORY];
    let mut previous = threshold(&ON, &history, None);
    let mut accepted = Vec::new();
    for _ in 0..24 {
        let limit = threshold(&ON, &history[history.len() - HISTORY..], previous).unwrap();
        previous = Some(limit);
        let taken = limit.min(20_000);
        accepted.push(taken);
        history.push(taken);
    }
    assert_eq!(accepted[0], 6000);
    assert!(accepted.windows(2).all(|pair| pair[0] <= pair[1]), "{accepted:?}");
    assert_eq!(accepted[23], 20_000, "{accepted:?}");
}

#[test]
fn its_quota_counts_a_category_of_a_project_by_the_hour() {
    let quotas = [quota(ProjectId(2), DataCategory::Error, 2)];
    let limiter = RateLimiter::default();
    let check = |category, second| limiter.check(&quotas, &HERE, &[(category, 2)], at(second));
    assert_eq!(check(DataCategory::Error, 0), Decision::Allowed);
    assert_eq!(check(DataCategory::Transaction, 0), Decision::Allowed);
    let Decision::Limited(limits) = check(DataCategory::Error, 3599) else {
        panic!("the hour is full");
    };
    assert_eq!(limits[0].reason(), REASON);
    assert_eq!(check(DataCategory::Error, 3600), Decision::Allowed);
}
