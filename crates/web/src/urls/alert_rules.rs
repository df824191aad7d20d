use super::{Links, encoded};

/// The list of alert rules, the rules of issues, and what one can do to them.
impl Links {
    pub(crate) fn alerts(&self) -> String {
        self.page("alerts/")
    }

    /// Without scope: what its forms and the scope bar send their fields to.
    pub(crate) fn alerts_path(&self) -> String {
        self.action("alerts/")
    }

    pub(crate) fn alerts_with(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("alerts/", pairs)
    }

    /// Why people were told of something, or were not.
    pub(crate) fn alerts_why(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("alerts/why/", pairs)
    }

    pub(crate) fn alerts_why_path(&self) -> String {
        self.action("alerts/why/")
    }

    pub(crate) fn why_of_issue(&self, issue: i64) -> String {
        self.page_with("alerts/why/", &[("issue", &issue.to_string())])
    }

    pub(crate) fn alert_metrics(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("alerts/metrics/", pairs)
    }

    /// What keeps mails away.
    pub(crate) fn alert_checks(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("alerts/diagnostics/", pairs)
    }

    pub(crate) fn alert_checks_path(&self) -> String {
        self.action("alerts/diagnostics/")
    }

    pub(crate) fn weekly_report_send(&self) -> String {
        self.action("settings/weekly-report/send/")
    }

    /// Leads to the builder of the project that the form names.
    pub(crate) fn new_alert(&self) -> String {
        self.action("alerts/new/")
    }

    pub(crate) fn new_alert_rule(&self, project: &str) -> String {
        self.page(&rules(project, "new/"))
    }

    pub(crate) fn new_alert_rule_action(&self, project: &str) -> String {
        self.action(&rules(project, "new/"))
    }

    /// Where the builder asks what its rule would have done.
    pub(crate) fn alert_rule_preview(&self, project: &str) -> String {
        self.action(&rules(project, "preview/"))
    }

    pub(crate) fn alert_rule(&self, project: &str, rule: i64) -> String {
        self.page(&rules(project, &format!("{rule}/")))
    }

    pub(crate) fn edit_alert_rule(&self, project: &str, rule: i64) -> String {
        self.page(&rules(project, &format!("{rule}/edit/")))
    }

    /// What one can do to a rule: `edit`, `enabled`, `snooze`, `delete`, `false-alarm`.
    pub(crate) fn alert_rule_action(&self, project: &str, rule: i64, verb: &str) -> String {
        self.action(&rules(project, &format!("{rule}/{verb}/")))
    }
}

fn rules(project: &str, path: &str) -> String {
    format!("projects/{}/alerts/rules/{path}", encoded(project))
}
