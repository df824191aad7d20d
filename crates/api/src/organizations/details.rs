//! An organization by itself, and what can be set for it.

use model::OrganizationRole;
use serde::Serialize;
use serde_json::Value;
use services::{
    PublicUrl,
    access::{MembershipSettings, OrganizationScope},
    organizations::{MembershipProblem, membership_problems},
    settings::OrganizationSettings,
};

use super::OrganizationView;
use crate::{
    body::Fields,
    projects::ProjectInList,
    roles::{self, OrganizationRoleView, TeamRoleView},
    scrubbing::ScrubbingView,
    teams::TeamView,
    view::{self, Empty},
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationDetails {
    #[serde(flatten)]
    organization: OrganizationView,
    access: Vec<&'static str>,
    /// The actor's; none for who is no member.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org_role: Option<&'static str>,
    org_role_list: Vec<OrganizationRoleView>,
    team_role_list: Vec<TeamRoleView>,
    #[serde(flatten)]
    membership: MembershipView,
    #[serde(flatten)]
    scrubbing: ScrubbingView,
    #[serde(flatten)]
    fixed: FixedSettings,
    onboarding_tasks: [Empty; 0],
    experiments: Empty,
    extra_options: Empty,
    is_default: bool,
    requires_sso: bool,
    pending_access_requests: usize,
    trusted_relays: [Empty; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) teams: Option<Vec<TeamView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) projects: Option<Vec<ProjectInList>>,
}

impl OrganizationDetails {
    pub(super) fn of(
        scope: &OrganizationScope,
        settings: &OrganizationSettings,
        pending_access_requests: usize,
        url: &PublicUrl,
    ) -> Self {
        let membership = &scope.membership;
        let role = scope.role.map(OrganizationRole::name);
        Self {
            organization: OrganizationView::of(&scope.organization, membership, url),
            access: view::access(scope),
            role,
            org_role: role,
            org_role_list: roles::of_organization(scope),
            team_role_list: roles::of_teams(scope),
            membership: MembershipView::of(membership),
            scrubbing: ScrubbingView::of(&settings.scrubbing),
            fixed: FixedSettings::default(),
            onboarding_tasks: [],
            experiments: Empty {},
            extra_options: Empty {},
            is_default: false,
            requires_sso: false,
            pending_access_requests,
            trusted_relays: [],
            teams: None,
            projects: None,
        }
    }
}

/// What members may do; the switches that all forms of an organization show stand in [`OrganizationView`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MembershipView {
    default_role: &'static str,
    open_membership: bool,
    allow_join_requests: bool,
    events_member_admin: bool,
    alerts_member_write: bool,
    enhanced_privacy: bool,
    allow_shared_issues: bool,
}

impl MembershipView {
    fn of(settings: &MembershipSettings) -> Self {
        Self {
            default_role: settings.default_role.name(),
            open_membership: settings.open_membership,
            allow_join_requests: settings.allow_join_requests,
            events_member_admin: settings.events_member_admin,
            alerts_member_write: settings.alerts_member_write,
            enhanced_privacy: settings.enhanced_privacy,
            allow_shared_issues: settings.allow_shared_issues,
        }
    }
}

/// The settings with what a body changes of them; `None` when it changes nothing. What is wrong is noted.
pub(super) fn change_membership(fields: &mut Fields, scope: &OrganizationScope) -> Option<MembershipSettings> {
    let before = &scope.membership;
    let mut settings = before.clone();
    let switches = [
        ("openMembership", &mut settings.open_membership),
        ("allowJoinRequests", &mut settings.allow_join_requests),
        ("require2FA", &mut settings.require_two_factor),
        ("eventsMemberAdmin", &mut settings.events_member_admin),
        ("alertsMemberWrite", &mut settings.alerts_member_write),
        ("allowMemberInvite", &mut settings.allow_member_invite),
        (
            "allowMemberProjectCreation",
            &mut settings.allow_member_project_creation,
        ),
        ("allowSuperuserAccess", &mut settings.allow_superuser_access),
        ("enhancedPrivacy", &mut settings.enhanced_privacy),
        ("allowSharedIssues", &mut settings.allow_shared_issues),
    ];
    for (name, switch) in switches {
        if let Some(active) = fields.flag(name) {
            *switch = active;
        }
    }
    if let Some(role) = fields.choice("defaultRole", OrganizationRole::from_name) {
        settings.default_role = role;
    }
    if settings == *before {
        return None;
    }
    for problem in membership_problems(scope, &settings) {
        let name = match problem {
            MembershipProblem::ShutsOut => "require2FA",
            MembershipProblem::RoleAboveOwn => "defaultRole",
        };
        fields.refuse(name, &problem.to_string());
    }
    Some(settings)
}

/// Settings that clients expect and that cannot be changed: each says how the product behaves.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FixedSettings {
    store_crash_reports: i64,
    attachments_role: &'static str,
    debug_files_role: &'static str,
    scrape_java_script: bool,
    relay_dsn_endpoint: Option<&'static str>,
    hide_ai_features: bool,
    aggregated_data_consent: bool,
    is_dynamically_sampled: bool,
    issue_alerts_thread_flag: bool,
    metric_alerts_thread_flag: bool,
    default_autofix_automation_tuning: &'static str,
    default_seer_scanner_automation: bool,
    enable_seer_coding: bool,
    default_coding_agent: &'static str,
    default_coding_agent_integration_id: Option<&'static str>,
    default_automated_run_stopping_point: &'static str,
    auto_enable_code_review: bool,
    auto_open_prs: bool,
    default_code_review_triggers: [&'static str; 0],
}

impl Default for FixedSettings {
    fn default() -> Self {
        Self {
            // Minidumps are kept as attachments, without a limit of their own.
            store_crash_reports: -1,
            attachments_role: OrganizationRole::Member.name(),
            debug_files_role: OrganizationRole::Admin.name(),
            scrape_java_script: false,
            relay_dsn_endpoint: None,
            hide_ai_features: true,
            aggregated_data_consent: false,
            is_dynamically_sampled: false,
            issue_alerts_thread_flag: false,
            metric_alerts_thread_flag: false,
            default_autofix_automation_tuning: "off",
            default_seer_scanner_automation: false,
            enable_seer_coding: false,
            default_coding_agent: "none",
            default_coding_agent_integration_id: None,
            default_automated_run_stopping_point: "off",
            auto_enable_code_review: false,
            auto_open_prs: false,
            default_code_review_triggers: [],
        }
    }
}

/// Clients send whole objects back: what cannot be changed may be sent as it is, and not as anything else.
pub(super) fn refuse_fixed(fields: &mut Fields) {
    let fixed = serde_json::to_value(FixedSettings::default());
    let Ok(Value::Object(mut shown)) = fixed else { return };
    shown.insert("isEarlyAdopter".to_owned(), Value::Bool(false));
    for (name, value) in shown {
        if fields.value(&name).is_some_and(|given| *given != value) {
            fields.refuse(&name, "This cannot be changed here.");
        }
    }
}
