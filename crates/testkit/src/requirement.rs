use std::{collections::BTreeSet, io::Write as _, sync::Mutex};

/// Says that something is skipped, or fails when `variable` is 1: a machine that has all that the tests need sets it, so
/// that nothing is skipped there unnoticed.
/// # Panics
/// When the variable is 1.
pub fn skip_unless_required(what: &'static str, variable: &str) {
    assert!(
        std::env::var_os(variable).is_none_or(|value| value != "1"),
        "{what}, and {variable} is 1"
    );
    static SAID: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let first_time = SAID
        .lock()
        .expect("nothing panics while it holds this lock")
        .insert(what);
    if first_time {
        // Not `eprintln!`: the test harness would capture it and show it for failed tests only.
        writeln!(std::io::stderr(), "skipped: {what}").expect("standard error can be written");
    }
}
