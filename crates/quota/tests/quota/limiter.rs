use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use model::{DataCategory, ProjectId, Timestamp};
use proptest::prelude::*;
use quota::{Decision, Quota, RateLimiter, Scope, Scoping, in_order};

use crate::{HERE, at, quota};

const ERROR: DataCategory = DataCategory::Error;

/// The reason of the limit that was reached first, and how long it lasts.
fn check(limiter: &RateLimiter, quotas: &[Quota], quantity: u64, now: Timestamp) -> Option<(String, Duration)> {
    match limiter.check(quotas, &HERE, &[(ERROR, quantity)], now) {
        Decision::Allowed => None,
        Decision::Limited(limits) => Some((limits[0].reason().to_owned(), limits[0].until.since(now))),
    }
}

#[test]
fn a_window_takes_as_much_as_its_limit_and_ends() {
    let limiter = RateLimiter::default();
    let quotas = [quota(Scope::Key, &[ERROR], 3)];
    assert_eq!(check(&limiter, &quotas, 2, at(10)), None);
    // Too much at once, but there is room for one.
    let limited = Some(("key_quota".to_owned(), Duration::from_secs(49)));
    assert_eq!(check(&limiter, &quotas, 2, at(11)), limited);
    assert_eq!(check(&limiter, &quotas, 1, at(12)), None);
    assert!(check(&limiter, &quotas, 1, at(59)).is_some());
    assert_eq!(check(&limiter, &quotas, 1, at(60)), None);
}

#[test]
fn null_limits_nothing_and_zero_refuses_all() {
    let limiter = RateLimiter::default();
    let unlimited = Quota {
        limit: None,
        ..quota(Scope::Project, &[], 0)
    };
    assert_eq!(check(&limiter, &[unlimited], u64::MAX, at(0)), None);
    for window in [None, Some(60), Some(0)] {
        let closed = Quota {
            window,
            ..quota(Scope::Project, &[ERROR], 0)
        };
        let limited = Some(("project_quota".to_owned(), Duration::from_secs(60)));
        assert_eq!(check(&limiter, std::slice::from_ref(&closed), 1, at(7)), limited);
        assert_eq!(check(&limiter, &[closed], 0, at(7)), limited);
    }
    let endless = Quota {
        window: None,
        ..quota(Scope::Project, &[ERROR], 1)
    };
    for _ in 0..3 {
        assert_eq!(check(&limiter, std::slice::from_ref(&endless), 1, at(0)), None);
    }
}

#[test]
fn a_quota_counts_its_own_categories_and_scope() {
    let limiter = RateLimiter::default();
    let quotas = [quota(Scope::Project, &[ERROR, DataCategory::Attachment], 10)];
    let check = |scoping: &Scoping, quantities: &[(DataCategory, u64)]| {
        limiter.check(&quotas, scoping, quantities, at(0)) == Decision::Allowed
    };
    assert!(check(&HERE, &[(DataCategory::Transaction, 50)]));
    assert!(check(
        &HERE,
        &[(DataCategory::Attachment, 9), (DataCategory::AttachmentItem, 1)]
    ));
    assert!(!check(&HERE, &[(ERROR, 2)]));
    assert!(!check(&HERE, &[(ERROR, 1), (DataCategory::Attachment, 1)]));
    assert!(check(&HERE, &[(ERROR, 1)]));
    let elsewhere = Scoping {
        project: ProjectId(99),
        ..HERE
    };
    assert!(check(&elsewhere, &[(ERROR, 50)]));

    let everybody = [Quota {
        scope_id: None,
        ..quota(Scope::Project, &[], 1)
    }];
    for scoping in [HERE, elsewhere] {
        let allowed = |_| limiter.check(&everybody, &scoping, &[(ERROR, 1)], at(0)) == Decision::Allowed;
        assert_eq!([0, 1].map(allowed), [true, false]);
    }
    let namespace = [Quota {
        namespace: Some("custom".to_owned()),
        ..quota(Scope::Project, &[], 0)
    }];
    assert_eq!(
        limiter.check(&namespace, &HERE, &[(ERROR, 1)], at(0)),
        Decision::Allowed
    );
}

#[test]
fn the_narrowest_gives_the_reason_and_nothing_is_counted_when_one_refuses() {
    let limiter = RateLimiter::default();
    let quotas = in_order(vec![
        quota(Scope::Organization, &[], 2),
        quota(Scope::Project, &[], 2),
        quota(Scope::Key, &[], 3),
    ]);
    assert_eq!(
        quotas.iter().map(|quota| quota.scope).collect::<Vec<_>>(),
        [Scope::Key, Scope::Project, Scope::Organization]
    );
    assert_eq!(check(&limiter, &quotas, 2, at(0)), None);
    // The key has room left and is not charged for what the project refuses.
    for _ in 0..5 {
        assert_eq!(check(&limiter, &quotas, 1, at(0)).unwrap().0, "project_quota");
    }
    let Decision::Limited(limits) = limiter.check(&quotas, &HERE, &[(ERROR, 1)], at(0)) else {
        panic!("two are reached");
    };
    assert_eq!(
        limits.iter().map(|limit| limit.scope).collect::<Vec<_>>(),
        [Scope::Project, Scope::Organization]
    );
    assert_eq!(check(&limiter, &quotas[..1], 1, at(0)), None);
    assert_eq!(check(&limiter, &quotas, 1, at(0)).unwrap().0, "key_quota");
}

#[test]
fn what_was_not_kept_is_given_back_to_its_window() {
    let limiter = RateLimiter::default();
    let quotas = [quota(Scope::Key, &[ERROR], 2)];
    assert_eq!(check(&limiter, &quotas, 2, at(0)), None);
    limiter.refund(&quotas, &HERE, &[(ERROR, 1)], at(1));
    assert_eq!(check(&limiter, &quotas, 1, at(2)), None);
    assert!(check(&limiter, &quotas, 1, at(3)).is_some());
    // A refund of an earlier window does not touch this one, nor does one of what was never counted.
    assert_eq!(check(&limiter, &quotas, 2, at(60)), None);
    limiter.refund(&quotas, &HERE, &[(ERROR, 2)], at(59));
    limiter.refund(&quotas, &HERE, &[(DataCategory::Session, 2)], at(60));
    assert!(check(&limiter, &quotas, 1, at(61)).is_some());
    limiter.refund(&quotas, &HERE, &[(ERROR, 50)], at(61));
    assert_eq!(check(&limiter, &quotas, 2, at(62)), None);
    assert!(check(&limiter, &quotas, 1, at(62)).is_some());
}

#[test]
fn a_question_counts_nothing() {
    let limiter = RateLimiter::default();
    let quotas = [quota(Scope::Key, &[ERROR], 1)];
    for _ in 0..3 {
        assert_eq!(check(&limiter, &quotas, 0, at(0)), None);
    }
    assert_eq!(check(&limiter, &quotas, 1, at(0)), None);
    assert!(check(&limiter, &quotas, 0, at(0)).is_some());
}

#[test]
fn windows_survive_a_restart() {
    let limiter = RateLimiter::default();
    let hour = Quota {
        id: "hour".to_owned(),
        window: Some(3600),
        ..quota(Scope::Organization, &[], 5)
    };
    let quotas = [quota(Scope::Key, &[ERROR], 3), hour];
    assert_eq!(check(&limiter, &quotas, 2, at(0)), None);
    let stored = serde_json::to_string(&limiter.snapshot(at(1))).unwrap();

    let restarted = RateLimiter::default();
    // It took something before the counts were there.
    assert_eq!(check(&restarted, &quotas, 1, at(2)), None);
    restarted.restore(&serde_json::from_str(&stored).unwrap(), at(3));
    assert_eq!(check(&restarted, &quotas, 1, at(4)).unwrap().0, "key_quota");
    assert_eq!(check(&restarted, &quotas, 2, at(60)), None);
    assert_eq!(check(&restarted, &quotas, 1, at(60)).unwrap().0, "organization_quota");

    let late = RateLimiter::default();
    late.restore(&serde_json::from_str(&stored).unwrap(), at(7200));
    assert_eq!(late.snapshot(at(7200)), RateLimiter::default().snapshot(at(7200)));
}

#[test]
fn a_clock_that_steps_back_neither_gives_nor_locks() {
    let quotas = [quota(Scope::Key, &[ERROR], 2)];
    let limiter = RateLimiter::default();
    assert_eq!(check(&limiter, &quotas, 2, at(60)), None);
    // A little back, into the window before: it is full, and ends no later than a window from now.
    assert!(check(&limiter, &quotas, 1, at(59)).unwrap().1 <= Duration::from_secs(60));
    assert!(check(&limiter, &quotas, 1, at(61)).is_some());
    // A day back: what was counted counts in the window of then, and the next one is free.
    assert!(check(&limiter, &quotas, 1, at(-86_400)).unwrap().1 <= Duration::from_secs(60));
    assert_eq!(check(&limiter, &quotas, 1, at(-86_400 + 120)), None);
    // Threads that read the clock in another order than they came here.
    let limiter = RateLimiter::default();
    let allowed = [60, 59, 61, 59, 60, 62].map(|second| check(&limiter, &quotas, 1, at(second)).is_none());
    assert_eq!(allowed, [true, true, false, false, false, false]);
}

#[test]
fn ended_windows_are_forgotten() {
    let limiter = RateLimiter::default();
    for key in 0..1000 {
        let quotas = [Quota {
            scope_id: None,
            ..quota(Scope::Project, &[], 5)
        }];
        let scoping = Scoping {
            project: ProjectId(key),
            ..HERE
        };
        assert_eq!(
            limiter.check(&quotas, &scoping, &[(ERROR, 1)], at(0)),
            Decision::Allowed
        );
    }
    let count = |now| format!("{limiter:?}").matches("Window {").count() * usize::from(now > at(-1));
    assert_eq!(count(at(0)), 1000);
    assert_eq!(check(&limiter, &[quota(Scope::Key, &[], 1)], 1, at(200)), None);
    assert_eq!(count(at(200)), 1);
}

#[test]
fn threads_never_take_in_more_than_the_limit_together() {
    const LIMIT: u64 = 5_000;
    let limiter = RateLimiter::default();
    let quotas = [
        quota(Scope::Key, &[ERROR], LIMIT),
        quota(Scope::Project, &[], 2 * LIMIT),
    ];
    let taken = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (limiter, quotas, taken) = (&limiter, &quotas, &taken);
            scope.spawn(move || {
                for step in 0..2_000 {
                    let quantity = (thread + step) % 3;
                    let quantities = [(ERROR, quantity)];
                    if limiter.check(quotas, &HERE, &quantities, at(0)) == Decision::Allowed {
                        taken.fetch_add(quantity, Ordering::Relaxed);
                        if step % 10 == 0 {
                            limiter.refund(quotas, &HERE, &quantities, at(0));
                            taken.fetch_sub(quantity, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    assert_eq!(taken.load(Ordering::Relaxed), LIMIT);
    assert!(check(&limiter, &quotas, 1, at(0)).is_some());
}

proptest! {
    /// Against a model that keeps every window for ever.
    #[test]
    fn counts_agree_with_their_definition(
        limits in proptest::collection::vec((0_u64..6, 1_u64..20), 1..4),
        steps in proptest::collection::vec((0_i64..8, 0_u64..4, 0_usize..2), 1..60),
    ) {
        let categories = [ERROR, DataCategory::Transaction];
        let quotas: Vec<Quota> = limits.iter().enumerate().map(|(index, (limit, window))| Quota {
            id: index.to_string(),
            window: Some(*window),
            ..quota(Scope::Key, &categories[..=index % 2], *limit)
        }).collect();
        let limiter = RateLimiter::default();
        let mut used: HashMap<(usize, i64), u64> = HashMap::new();
        let mut second = 0;
        for (passed, quantity, category) in steps {
            second += passed;
            let category = categories[category];
            let concerned: Vec<(usize, i64, u64)> = quotas.iter().enumerate()
                .filter(|(_, quota)| quota.categories.contains(&category))
                .map(|(index, quota)| {
                    let window = i64::try_from(quota.window.unwrap()).unwrap();
                    (index, at(second).seconds().div_euclid(window), quota.limit.unwrap())
                })
                .collect();
            let room = concerned.iter().all(|(index, slot, limit)| {
                used.get(&(*index, *slot)).copied().unwrap_or(0) + quantity.max(1) <= *limit
            });
            let decision = limiter.check(&quotas, &HERE, &[(category, quantity)], at(second));
            prop_assert_eq!(decision == Decision::Allowed, room);
            if room {
                for (index, slot, _) in concerned {
                    *used.entry((index, slot)).or_default() += quantity;
                }
            }
            if second % 5 == 0 {
                let stored = limiter.snapshot(at(second));
                let restarted = RateLimiter::default();
                restarted.restore(&stored, at(second));
                prop_assert_eq!(restarted.snapshot(at(second)), stored);
            }
        }
    }
}
