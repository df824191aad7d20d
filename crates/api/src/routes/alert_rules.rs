//! Issue alert rules.

use httpkit::Routes;

use super::{ORGANIZATION, PROJECT};
use crate::alert_rules;

pub(super) fn routes() -> Routes {
    let rules = |path: &str| format!("{PROJECT}/rules/{path}");
    Routes::api()
        .get(
            format!("{ORGANIZATION}/default-alert-rules/"),
            alert_rules::show_defaults,
        )
        .put(
            format!("{ORGANIZATION}/default-alert-rules/"),
            alert_rules::update_defaults,
        )
        .post(format!("{PROJECT}/default-alert-rules/"), alert_rules::apply_defaults)
        .get(format!("{PROJECT}/maintenance-windows/"), alert_rules::list_windows)
        .post(format!("{PROJECT}/maintenance-windows/"), alert_rules::create_window)
        .delete(
            format!("{PROJECT}/maintenance-windows/{{window}}/"),
            alert_rules::delete_window,
        )
        .post(format!("{PROJECT}/rule-actions/"), alert_rules::send_trial)
        .get(rules(""), alert_rules::list)
        .post(rules(""), alert_rules::create)
        .get(rules("configuration/"), alert_rules::show_configuration)
        .post(rules("preview/"), alert_rules::preview)
        .get(rules("{rule}/"), alert_rules::show)
        .put(rules("{rule}/"), alert_rules::update)
        .delete(rules("{rule}/"), alert_rules::delete)
        .get(rules("{rule}/changes/"), alert_rules::list_changes)
        .put(rules("{rule}/enable/"), alert_rules::enable)
        .get(rules("{rule}/group-history/"), alert_rules::list_fired_issues)
        .post(rules("{rule}/snooze/"), alert_rules::create_snooze)
        .delete(rules("{rule}/snooze/"), alert_rules::delete_snooze)
        .get(rules("{rule}/stats/"), alert_rules::list_stats)
}
