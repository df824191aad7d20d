//! Whatever happens to an issue in whatever order, its state makes sense.

use std::time::Duration;

use model::{IssueStatus, Priority, Substatus, Timestamp};
use proptest::prelude::*;
use triage::{Action, Age, Batch, Hour, Release, ResolutionKind, Snooze, State, Step, Target, act, due, events, tick};

#[derive(Debug, Clone)]
enum Happening {
    Act(Action),
    Events {
        release: Option<Release>,
        at: i64,
        seen: i64,
        hour: i64,
    },
    Wait(u32),
}

fn release() -> impl Strategy<Value = Release> {
    (0..4_u8, 0..1_000_000_i64).prop_map(|(number, date)| Release {
        version: if number == 3 {
            "beef".to_owned()
        } else {
            format!("a@1.{number}")
        },
        date: Timestamp(date),
    })
}

fn snooze() -> impl Strategy<Value = Snooze> {
    let target = || {
        prop::option::of(
            (1..20_i64, any::<bool>(), 0..20_i64).prop_map(|(more, rate, base)| Target {
                more,
                window: rate.then_some(Duration::from_secs(60)),
                base,
            }),
        )
    };
    prop_oneof![
        Just(Snooze::Forever),
        Just(Snooze::UntilEscalating),
        (target(), target(), prop::option::of(0..2_000_000_000_000_i64)).prop_map(|(events, users, until)| {
            Snooze::UntilCondition {
                events,
                users,
                until: until.map(Timestamp),
            }
        }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Resolve(ResolutionKind::Now)),
        release().prop_map(|release| Action::Resolve(ResolutionKind::InRelease(release))),
        release().prop_map(|after| Action::Resolve(ResolutionKind::InNextRelease { after })),
        snooze().prop_map(Action::Archive),
        Just(Action::Reopen),
        prop::sample::select(Substatus::ALL.to_vec()).prop_map(Action::SetSubstatus),
        prop::sample::select(vec![Priority::Low, Priority::Medium, Priority::High]).prop_map(Action::SetPriority),
        Just(Action::MarkReviewed),
        Just(Action::AskForReview),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        action().prop_map(Happening::Act),
        (
            prop::option::of(release()),
            0..2_000_000_000_000_i64,
            0..40_i64,
            0..40_i64
        )
            .prop_map(|(release, at, seen, hour)| Happening::Events {
                release,
                at,
                seen,
                hour
            }),
        (0..1_000_000_u32).prop_map(Happening::Wait),
    ]
}

fn check(state: &State) {
    match state.status {
        IssueStatus::Resolved => assert_eq!(state.substatus, Substatus::Ongoing, "{state:?}"),
        status => assert_eq!(state.substatus.status(), status, "{state:?}"),
    }
    assert_eq!(
        state.resolution.is_some(),
        state.status == IssueStatus::Resolved,
        "{state:?}"
    );
    assert_eq!(
        state.snooze.is_some(),
        state.status == IssueStatus::Ignored,
        "{state:?}"
    );
    if let Some(snooze) = &state.snooze {
        assert_eq!(snooze.substatus(), state.substatus);
    }
}

proptest! {
    #[test]
    fn no_order_of_things_leads_to_an_impossible_state(happenings in prop::collection::vec(happening(), 1..40)) {
        let mut now = Timestamp(0);
        let mut state = State::of_new_issue(Priority::Medium, now);
        let locked_priority = |state: &State| state.priority_locked_at.map(|_| state.priority);
        for happening in happenings {
            let before = state.clone();
            let step: Option<Step> = match &happening {
                Happening::Act(action) => {
                    let step = act(&state, action, None, now);
                    if let Some(step) = &step {
                        // Done again it changes nothing, but for the numbers that a snooze counts from.
                        prop_assert_eq!(act(&step.state, action, None, now), None);
                    }
                    step
                }
                Happening::Events { release, at, seen, hour } => {
                    let releases = [(release.clone(), Timestamp(*at))];
                    let batch = Batch {
                        releases: &releases,
                        recent: &[],
                        times_seen: *seen,
                        users_seen: *seen,
                        events_in_window: *seen,
                        users_in_window: *seen,
                        hour: Some(Hour { events: *hour, ceiling: 20 }),
                    };
                    events(&state, &batch, now)
                }
                Happening::Wait(seconds) => {
                    now = now + Duration::from_secs(u64::from(*seconds));
                    let age = Age { first_seen: Timestamp(0), last_seen: now, resolve_after: None };
                    let step = tick(&state, &age, now);
                    prop_assert_eq!(step.is_some(), due(&state, Timestamp(0)).is_some_and(|due| due <= now));
                    step
                }
            };
            if let Some(step) = step {
                prop_assert_ne!(&step.state, &before);
                state = step.state;
            }
            check(&state);
            if !matches!(happening, Happening::Act(Action::SetPriority(_))) {
                prop_assert!(locked_priority(&before).is_none_or(|priority| priority == state.priority));
            }
        }
    }
}
