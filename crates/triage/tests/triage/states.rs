//! What actions, events and time make of issues: each rule of the state machine.

use std::time::Duration;

use model::{ActivityKind, InboxReason, IssueStatus, Priority, Substatus, Timestamp, UserId};
use triage::{Action, Age, Batch, Hour, Release, ResolutionKind, Snooze, State, Step, Target, act, events, tick};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

pub(crate) fn new() -> State {
    State::of_new_issue(Priority::Medium, at(0))
}

pub(crate) fn release(version: &str, seconds: i64) -> Release {
    Release {
        version: version.to_owned(),
        date: at(seconds),
    }
}

fn after(state: &State, action: Action) -> State {
    act(state, &action, Some(UserId(7)), at(100)).unwrap().state
}

fn kinds(step: &Step) -> Vec<&'static str> {
    step.activities.iter().map(|activity| activity.kind.name()).collect()
}

fn shown(state: &State) -> (IssueStatus, Substatus, Option<InboxReason>) {
    (state.status, state.substatus, state.review.map(|review| review.reason))
}

pub(crate) fn batch<'a>(releases: &'a [(Option<Release>, Timestamp)]) -> Batch<'a> {
    Batch {
        releases,
        recent: &[],
        times_seen: 0,
        users_seen: 0,
        events_in_window: 0,
        users_in_window: 0,
        hour: None,
    }
}

#[test]
fn actions_change_status_review_and_tell_of_it_once() {
    use IssueStatus::{Ignored, Resolved, Unresolved};
    let until = Snooze::UntilCondition {
        events: None,
        users: None,
        until: Some(at(3_700)),
    };
    let check = |action: Action, status, substatus, told: &[&str]| {
        let step = act(&new(), &action, Some(UserId(7)), at(100)).unwrap();
        assert_eq!(
            (step.state.status, step.state.substatus),
            (status, substatus),
            "{action:?}"
        );
        assert_eq!(kinds(&step), told, "{action:?}");
        assert_eq!(
            act(&step.state, &action, Some(UserId(8)), at(200)),
            None,
            "{action:?} twice"
        );
    };
    check(
        Action::Resolve(ResolutionKind::Now),
        Resolved,
        Substatus::Ongoing,
        &["set_resolved"],
    );
    let in_release = Action::Resolve(ResolutionKind::InRelease(release("a@1", 0)));
    check(in_release, Resolved, Substatus::Ongoing, &["set_resolved_in_release"]);
    check(
        Action::Archive(Snooze::Forever),
        Ignored,
        Substatus::ArchivedForever,
        &["set_ignored"],
    );
    let escalating = Action::Archive(Snooze::UntilEscalating);
    check(
        escalating,
        Ignored,
        Substatus::ArchivedUntilEscalating,
        &["set_ignored"],
    );
    check(
        Action::Archive(until),
        Ignored,
        Substatus::ArchivedUntilConditionMet,
        &["set_ignored"],
    );
    check(
        Action::SetSubstatus(Substatus::Ongoing),
        Unresolved,
        Substatus::Ongoing,
        &["set_unresolved"],
    );
    check(
        Action::SetSubstatus(Substatus::Escalating),
        Unresolved,
        Substatus::Escalating,
        &["set_escalating"],
    );
    check(
        Action::SetPriority(Priority::Low),
        Unresolved,
        Substatus::New,
        &["set_priority"],
    );
    check(Action::MarkReviewed, Unresolved, Substatus::New, &["mark_reviewed"]);
    assert_eq!(act(&new(), &Action::Reopen, None, at(1)), None);
    assert_eq!(act(&new(), &Action::AskForReview, None, at(1)), None);
    assert_eq!(
        act(&new(), &Action::SetSubstatus(Substatus::ArchivedForever), None, at(1)),
        None
    );
}

#[test]
fn a_resolution_tells_who_when_and_how_and_ends_with_it() {
    let next = ResolutionKind::InNextRelease {
        after: release("a@1", 0),
    };
    let resolved = after(&new(), Action::Resolve(next.clone()));
    let resolution = resolved.resolution.clone().unwrap();
    assert_eq!(
        (resolution.at, resolution.by, resolution.kind),
        (at(100), Some(UserId(7)), next)
    );
    assert_eq!(resolved.review, None);
    // Another release is another resolution; to resolve now what is resolved changes nothing.
    assert_eq!(
        act(&resolved, &Action::Resolve(ResolutionKind::Now), None, at(200)),
        None
    );
    let moved = after(&resolved, Action::Resolve(ResolutionKind::InRelease(release("a@2", 0))));
    let reopened = after(&moved, Action::Reopen);
    assert_eq!(shown(&reopened), (IssueStatus::Unresolved, Substatus::Ongoing, None));
    assert_eq!(reopened.resolution, None);
    assert_eq!(after(&resolved, Action::Archive(Snooze::Forever)).resolution, None);
    assert_eq!(
        after(&reopened, Action::AskForReview).review.unwrap().reason,
        InboxReason::Manual
    );
}

#[test]
fn an_archived_issue_says_until_when() {
    let snooze = Snooze::UntilCondition {
        events: Some(Target {
            more: 100,
            window: Some(Duration::from_secs(3_600)),
            base: 5,
        }),
        users: Some(Target {
            more: 10,
            window: None,
            base: 1,
        }),
        until: Some(at(7_300)),
    };
    let step = act(&new(), &Action::Archive(snooze), None, at(100)).unwrap();
    let data = &step.activities[0].data;
    assert_eq!((&data["ignoreCount"], &data["ignoreWindow"]), (&100.into(), &60.into()));
    assert_eq!(
        (&data["ignoreUserCount"], data["ignoreUserWindow"].is_null()),
        (&10.into(), true)
    );
    assert_eq!(
        (&data["ignoreDuration"], &data["ignoreUntil"]),
        (&120.into(), &at(7_300).to_string().into())
    );
    assert_eq!(data.get("ignoreUntilEscalating"), None);
}

#[test]
fn events_after_a_resolution_reopen_it_and_late_ones_do_not() {
    let resolved = after(&new(), Action::Resolve(ResolutionKind::Now));
    let check = |seconds: i64, reopens: bool| {
        let releases = [(None, at(seconds))];
        assert_eq!(
            events(&resolved, &batch(&releases), at(500)).is_some(),
            reopens,
            "{seconds}"
        );
    };
    check(99, false);
    check(100, false);
    check(101, true);
    let releases = [
        (None, at(50)),
        (Some(release("a@2", 0)), at(300)),
        (Some(release("a@1", 0)), at(200)),
    ];
    let step = events(&resolved, &batch(&releases), at(500)).unwrap();
    assert_eq!(
        shown(&step.state),
        (
            IssueStatus::Unresolved,
            Substatus::Regressed,
            Some(InboxReason::Regression)
        )
    );
    assert_eq!(
        (kinds(&step), &step.activities[0].data["version"]),
        (vec!["set_regression"], &"a@2".into())
    );
    assert_eq!((step.state.since, step.state.resolution), (at(500), None));
    assert_eq!(events(&new(), &batch(&releases), at(500)), None);
}

#[test]
fn counts_and_rates_end_a_snooze_exactly_at_their_number() {
    let target = |more, window| Some(Target { more, window, base: 20 });
    let minute = Some(Duration::from_secs(60));
    let check = |wanted: (Option<Target>, Option<Target>), seen: [i64; 4], ends: bool| {
        let (events_wanted, users) = wanted;
        let snooze = Snooze::UntilCondition {
            events: events_wanted,
            users,
            until: None,
        };
        let archived = after(&new(), Action::Archive(snooze));
        let [times_seen, users_seen, events_in_window, users_in_window] = seen;
        let batch = Batch {
            times_seen,
            users_seen,
            events_in_window,
            users_in_window,
            ..batch(&[])
        };
        let step = events(&archived, &batch, at(500));
        assert_eq!(step.is_some(), ends, "{wanted:?} {seen:?}");
        if let Some(step) = step {
            assert_eq!(
                shown(&step.state),
                (
                    IssueStatus::Unresolved,
                    Substatus::Ongoing,
                    Some(InboxReason::Unignored)
                )
            );
            assert_eq!((kinds(&step), step.state.snooze), (vec!["set_unresolved"], None));
        }
    };
    check((target(100, None), None), [119, 0, 500, 0], false);
    check((target(100, None), None), [120, 0, 0, 0], true);
    check((target(100, minute), None), [900, 0, 99, 0], false);
    check((target(100, minute), None), [0, 0, 100, 0], true);
    check((None, target(3, None)), [900, 22, 0, 9], false);
    check((None, target(3, None)), [0, 23, 0, 0], true);
    check((None, target(3, minute)), [900, 900, 900, 2], false);
    check((None, target(3, minute)), [0, 0, 0, 3], true);
    check((target(100, None), target(3, None)), [0, 23, 0, 0], true);
    check((target(i64::MAX, None), None), [i64::MAX, 0, 0, 0], false);
}

#[test]
fn an_issue_escalates_above_its_ceiling_and_its_priority_rises_unless_it_is_locked() {
    let archived = after(&new(), Action::Archive(Snooze::UntilEscalating));
    let of_hour = |events_of_hour: i64| Batch {
        hour: Some(Hour {
            events: events_of_hour,
            ceiling: 10,
        }),
        ..batch(&[])
    };
    assert_eq!(events(&archived, &batch(&[]), at(500)), None);
    assert_eq!(events(&archived, &of_hour(10), at(500)), None);
    let step = events(&archived, &of_hour(11), at(500)).unwrap();
    assert_eq!(
        (step.state.substatus, step.state.priority),
        (Substatus::Escalating, Priority::High)
    );
    assert_eq!(kinds(&step), ["set_escalating", "set_priority"]);
    assert_eq!(step.activities[1].data["reason"], "escalating");
    let locked = after(
        &after(&new(), Action::SetPriority(Priority::Low)),
        Action::Archive(Snooze::UntilEscalating),
    );
    let step = events(&locked, &of_hour(11), at(500)).unwrap();
    assert_eq!(
        (step.state.priority, kinds(&step)),
        (Priority::Low, vec!["set_escalating"])
    );
    // A week later it is calm again.
    let calm = tick(
        &events(&archived, &of_hour(11), at(500)).unwrap().state,
        &age(None),
        at(500) + 7 * DAY,
    )
    .unwrap();
    assert_eq!(
        (calm.state.substatus, calm.state.priority),
        (Substatus::Ongoing, Priority::Medium)
    );
    assert_eq!(kinds(&calm), ["auto_set_ongoing", "set_priority"]);
}

fn age(resolve_after: Option<Duration>) -> Age {
    Age {
        first_seen: at(0),
        last_seen: at(1_000),
        resolve_after,
    }
}

#[test]
fn time_makes_issues_ongoing_ends_snoozes_and_resolves_what_is_quiet() {
    let week = at(0) + 7 * DAY;
    let ongoing = tick(&new(), &age(None), week).unwrap();
    assert_eq!(
        (ongoing.state.substatus, kinds(&ongoing)),
        (Substatus::Ongoing, vec!["auto_set_ongoing"])
    );
    assert_eq!(ongoing.activities[0].data["after_days"], 7);
    assert_eq!(tick(&new(), &age(None), week - Duration::from_secs(1)), None);
    assert_eq!(tick(&ongoing.state, &age(None), week + 100 * DAY), None);
    let until = Snooze::UntilCondition {
        events: None,
        users: None,
        until: Some(at(400)),
    };
    let archived = after(&new(), Action::Archive(until));
    assert_eq!(tick(&archived, &age(None), at(399)), None);
    let back = tick(&archived, &age(None), at(400)).unwrap();
    assert_eq!(shown(&back.state).2, Some(InboxReason::Unignored));
    let forever = after(&new(), Action::Archive(Snooze::Forever));
    assert_eq!(tick(&forever, &age(Some(DAY)), at(0) + 900 * DAY), None);
    let resolved = tick(&new(), &age(Some(DAY)), at(1_000) + DAY).unwrap();
    assert_eq!(resolved.state.resolution.as_ref().unwrap().kind, ResolutionKind::ByAge);
    assert_eq!(resolved.activities[0].kind, ActivityKind::SetResolvedByAge);
    assert_eq!(resolved.activities[0].data["age"], 24);
    assert_eq!(tick(&new(), &age(Some(DAY)), at(999) + DAY), None);
}
