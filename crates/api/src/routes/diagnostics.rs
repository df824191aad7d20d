//! Who was told and why, how alerts are answered, and reports.

use httpkit::Routes;

use super::ORGANIZATION;
use crate::{alert_metrics, diagnostics, reports};

pub(super) fn routes() -> Routes {
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    Routes::api()
        .get(organization("/alert-metrics/"), alert_metrics::show)
        .get(organization("/alert-metrics/review/"), alert_metrics::show_review)
        .put(
            organization("/alert-firings/{firing}/false-alarm/"),
            alert_metrics::mark_false_alarm,
        )
        .delete(
            organization("/alert-firings/{firing}/false-alarm/"),
            alert_metrics::unmark_false_alarm,
        )
        .get(organization("/diagnostics/email/"), diagnostics::check_email)
        .get(organization("/notification-ledger/"), diagnostics::list)
        .get(organization("/notification-trace/{event}/"), diagnostics::trace)
        .get(organization("/weekly-report/"), reports::show)
        .put(organization("/weekly-report/"), reports::update)
        .get(organization("/weekly-report/preview/"), reports::preview)
        .post(organization("/weekly-report/send/"), reports::send)
}
