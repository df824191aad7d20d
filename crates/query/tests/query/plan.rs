//! What of a search one event must have, and what is said of the issue.

use query::search::issues::{parse, plan};

use crate::issues_now;

#[test]
fn conditions_of_events_come_together() {
    let check = |text: &str, expected: &str| {
        let query = parse(text, &issues_now()).unwrap();
        assert_eq!(plan(query).to_string(), expected, "{text}");
    };
    check("", "");
    check("is:unresolved", "is:unresolved");
    check("browser:Chrome", "event(tags[browser]:Chrome)");
    check(
        "is:unresolved browser:Chrome level:error release:1.0",
        "is:unresolved event(tags[browser]:Chrome release:1.0) level:error",
    );
    check(
        "browser:Chrome OR release:1.0",
        "event(tags[browser]:Chrome OR release:1.0)",
    );
    check(
        "browser:Chrome (release:1.0 OR release:2.0)",
        "event(tags[browser]:Chrome AND (release:1.0 OR release:2.0))",
    );
    check(
        "browser:Chrome (is:resolved OR release:2.0)",
        "event(tags[browser]:Chrome) AND (is:resolved OR event(release:2.0))",
    );
    check("!release:1.0", "!event(release:1.0)");
    check(
        "browser:Chrome !release:1.0",
        "event(tags[browser]:Chrome) !event(release:1.0)",
    );
    check(
        "!(browser:Chrome release:1.0)",
        "!event(tags[browser]:Chrome release:1.0)",
    );
    check(
        "!(browser:Chrome is:resolved)",
        "!(event(tags[browser]:Chrome) is:resolved)",
    );
    check("!(!release:1.0)", "event(release:1.0)");
    check("timeout browser:Chrome", "timeout event(tags[browser]:Chrome)");
}
