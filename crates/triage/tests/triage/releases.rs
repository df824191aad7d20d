//! Resolutions in releases: which events they hold for, and how projects name their releases.

use triage::{Action, Batch, ResolutionKind, act, comes_after, events, follows_semver};

use crate::states::{at, batch, new, release};

/// Whether an event of a release reopens an issue that was resolved so.
fn reopens(kind: &ResolutionKind, event: Option<(&str, i64)>, recent: &[String]) -> bool {
    let resolved = act(&new(), &Action::Resolve(kind.clone()), None, at(100))
        .unwrap()
        .state;
    let releases = [(event.map(|(version, date)| release(version, date)), at(200))];
    let batch = Batch {
        recent,
        ..batch(&releases)
    };
    events(&resolved, &batch, at(300)).is_some()
}

fn recent(versions: &[&str]) -> Vec<String> {
    versions.iter().map(|version| (*version).to_owned()).collect()
}

#[test]
fn in_semantic_versions_only_later_ones_reopen() {
    let recent = recent(&["shop@2.1.0", "shop@2.0.0"]);
    let next = ResolutionKind::InNextRelease {
        after: release("shop@2.0.0", 50),
    };
    let check = |kind: &ResolutionKind, event: Option<(&str, i64)>, expected: bool| {
        assert_eq!(reopens(kind, event, &recent), expected, "{kind:?} {event:?}");
    };
    check(&next, None, false);
    check(&next, Some(("shop@2.0.0", 50)), false);
    check(&next, Some(("shop@1.9.9", 90)), false);
    check(&next, Some(("shop@2.0.0-rc.1", 90)), false);
    check(&next, Some(("shop@2.0.1", 10)), true);
    let this = ResolutionKind::InRelease(release("shop@2.0.0", 50));
    check(&this, None, false);
    check(&this, Some(("shop@2.0.0", 50)), true);
    check(&this, Some(("shop@1.9.9", 90)), false);
    check(&this, Some(("shop@2.0.0-rc.1", 90)), false);
    check(&this, Some(("shop@2.0.1", 10)), true);
    // Another package has an order of its own, so that the dates decide.
    check(&this, Some(("app@1.0.0", 60)), true);
    check(&this, Some(("app@9.0.0", 40)), false);
    for kind in [
        ResolutionKind::Now,
        ResolutionKind::ByAge,
        ResolutionKind::InCommit {
            repository: "shop".into(),
            commit: "abc".into(),
        },
    ] {
        check(&kind, None, true);
        check(&kind, Some(("shop@1.0.0", 0)), true);
    }
}

#[test]
fn without_semantic_versions_the_dates_decide() {
    let check = |kind: &ResolutionKind, event: (&str, i64), expected: bool| {
        assert_eq!(
            reopens(kind, Some(event), &recent(&["f00d", "beef"])),
            expected,
            "{kind:?} {event:?}"
        );
    };
    let next = ResolutionKind::InNextRelease {
        after: release("beef", 50),
    };
    check(&next, ("beef", 50), false);
    check(&next, ("cafe", 49), false);
    check(&next, ("cafe", 50), true);
    check(&next, ("cafe", 51), true);
    let this = ResolutionKind::InRelease(release("beef", 50));
    check(&this, ("beef", 50), true);
    check(&this, ("cafe", 50), false);
    check(&this, ("cafe", 51), true);
    // A version among names that are none.
    check(&this, ("shop@9.0", 40), false);
}

#[test]
fn a_regression_names_both_releases() {
    let kind = ResolutionKind::InRelease(release("shop@2.0", 0));
    let resolved = act(&new(), &Action::Resolve(kind), None, at(100)).unwrap().state;
    let releases = [(Some(release("shop@2.1", 0)), at(200))];
    let step = events(&resolved, &batch(&releases), at(300)).unwrap();
    let data = &step.activities[0].data;
    assert_eq!(
        (&data["version"], &data["resolved_in_version"]),
        (&"shop@2.1".into(), &"shop@2.0".into())
    );
    assert_eq!(data["follows_semver"], true);
}

#[test]
fn a_project_follows_semantic_versions_when_most_of_its_newest_releases_do() {
    let check = |version: &str, known: &[&str], expected: bool| {
        assert_eq!(follows_semver(version, &recent(known)), expected, "{version} {known:?}");
    };
    check("a@1.0", &[], true);
    check("1.0.0", &[], false);
    check("abc", &["a@1.0"], false);
    check("a@1.0", &["a@1.0", "x"], true);
    check("a@1.0", &["x", "a@1.0"], false);
    check("a@1.0", &["x", "y", "a@1.0", "z"], true);
    check("a@1.0", &["x", "y", "z", "a@1.0"], false);
    let ten = |versions: [&'static str; 3], rest: &'static str| [&versions[..], &[rest; 7]].concat();
    check("a@1.0", &ten(["a@1", "x", "y"], "z"), false);
    check("a@1.0", &ten(["a@1", "a@2", "a@3"], "z"), true);
    check("a@1.0", &ten(["x", "y", "z"], "a@1"), false);
    check("a@1.0", &ten(["x", "y", "a@9"], "a@1"), true);
}

#[test]
fn the_next_release_is_a_later_one() {
    let known = recent(&["a@1.1", "a@1.0"]);
    assert!(comes_after(&release("a@1.1", 0), &release("a@1.0", 9), &known));
    assert!(!comes_after(&release("a@0.9", 99), &release("a@1.0", 9), &known));
    assert!(!comes_after(&release("a@1.0", 9), &release("a@1.0", 9), &known));
    let names = recent(&["beef", "f00d"]);
    assert!(comes_after(&release("beef", 10), &release("f00d", 9), &names));
    assert!(!comes_after(&release("beef", 9), &release("f00d", 9), &names));
}
