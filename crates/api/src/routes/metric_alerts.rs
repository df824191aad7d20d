//! Metric alert rules and their incidents.

use httpkit::Routes;

use super::{ORGANIZATION, PROJECT};
use crate::{incidents, metric_alerts};

pub(super) fn routes() -> Routes {
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    let project = |path: &str| format!("{PROJECT}/alert-rules{path}");
    let incident = |path: &str| format!("{ORGANIZATION}/incidents{path}");
    Routes::api()
        .get(organization("/alert-rules/"), metric_alerts::list)
        .post(organization("/alert-rules/"), metric_alerts::create)
        .get(
            organization("/alert-rules/available-actions/"),
            metric_alerts::list_available_actions,
        )
        .get(organization("/alert-rules/{alert}/"), metric_alerts::show)
        .put(organization("/alert-rules/{alert}/"), metric_alerts::update)
        .delete(organization("/alert-rules/{alert}/"), metric_alerts::delete)
        .get(organization("/combined-rules/"), metric_alerts::list_combined)
        .get(project("/"), metric_alerts::list_of_project)
        .post(project("/"), metric_alerts::create_in_project)
        .get(project("/{alert}/"), metric_alerts::show_of_project)
        .put(project("/{alert}/"), metric_alerts::update_of_project)
        .delete(project("/{alert}/"), metric_alerts::delete_of_project)
        .post(project("/{alert}/snooze/"), metric_alerts::create_snooze)
        .delete(project("/{alert}/snooze/"), metric_alerts::delete_snooze)
        .get(incident("/"), incidents::list)
        .get(incident("/{incident}/"), incidents::show)
        .put(incident("/{incident}/"), incidents::update)
        .get(incident("/{incident}/activity/"), incidents::list_activities)
        .post(incident("/{incident}/comments/"), incidents::create_comment)
        .put(incident("/{incident}/comments/{comment}/"), incidents::update_comment)
        .delete(incident("/{incident}/comments/{comment}/"), incidents::delete_comment)
        .post(incident("/{incident}/subscriptions/"), incidents::subscribe)
        .delete(incident("/{incident}/subscriptions/"), incidents::unsubscribe)
        .get(incident("/{incident}/stats/"), incidents::show_stats)
}
