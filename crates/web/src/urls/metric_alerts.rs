use super::Links;

/// Rules about numbers, their incidents, and what one can do to both.
impl Links {
    pub(crate) fn new_metric_alert(&self) -> String {
        self.page("alerts/metric/new/")
    }

    pub(crate) fn new_metric_alert_action(&self) -> String {
        self.action("alerts/metric/new/")
    }

    /// Where the builder asks for its chart.
    pub(crate) fn metric_alert_preview(&self) -> String {
        self.action("alerts/metric/preview/")
    }

    pub(crate) fn metric_alert(&self, alert: i64) -> String {
        self.page(&format!("alerts/metric/{alert}/"))
    }

    pub(crate) fn edit_metric_alert(&self, alert: i64) -> String {
        self.page(&format!("alerts/metric/{alert}/edit/"))
    }

    /// What one can do to a rule: `edit`, `enabled`, `snooze`, `delete`.
    pub(crate) fn metric_alert_action(&self, alert: i64, verb: &str) -> String {
        self.action(&format!("alerts/metric/{alert}/{verb}/"))
    }

    pub(crate) fn incidents(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("alerts/incidents/", pairs)
    }

    pub(crate) fn incident(&self, identifier: i64) -> String {
        self.page(&format!("alerts/incidents/{identifier}/"))
    }

    /// What one can do to an incident: `resolve`, `follow`, `comments`.
    pub(crate) fn incident_action(&self, identifier: i64, verb: &str) -> String {
        self.action(&format!("alerts/incidents/{identifier}/{verb}/"))
    }

    pub(crate) fn incident_comment_action(&self, identifier: i64, comment: i64) -> String {
        self.action(&format!("alerts/incidents/{identifier}/comments/{comment}/delete/"))
    }
}
