use model::Timestamp;
use serde::Serialize;
use services::settings::ProjectSettings;
use store::{projects::Project, teams::Team};

use super::settings::SettingsView;
use crate::{
    organizations::OrganizationView,
    view::{AvatarView, Empty},
};

/// A project where something belongs to it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProjectReference {
    id: String,
    name: String,
    slug: String,
    platform: Option<String>,
}

impl ProjectReference {
    pub(crate) fn of(project: &Project) -> Self {
        Self {
            id: project.id.to_string(),
            name: project.name.clone(),
            slug: project.slug.clone(),
            platform: project.platform.clone(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct TeamReference {
    id: String,
    slug: String,
    name: String,
}

impl TeamReference {
    pub(super) fn of(team: &Team) -> Self {
        Self {
            id: team.id.to_string(),
            slug: team.slug.clone(),
            name: team.name.clone(),
        }
    }
}

/// What all forms of a project have in common, and all of it within a team.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectSummary {
    id: String,
    slug: String,
    name: String,
    platform: Option<String>,
    date_created: Timestamp,
    is_bookmarked: bool,
    is_member: bool,
    features: [&'static str; 0],
    first_event: Option<Timestamp>,
    access: Vec<&'static str>,
    has_access: bool,
    #[serde(flatten)]
    seen: SeenKinds,
    is_internal: bool,
    is_public: bool,
    avatar: AvatarView,
    color: &'static str,
    status: &'static str,
}

/// Which kinds of data a project has sent beside events: true once a part of the product shows them.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeenKinds {
    first_transaction_event: bool,
    has_feedbacks: bool,
    has_flags: bool,
    has_minified_stack_trace: bool,
    has_monitors: bool,
    has_new_feedbacks: bool,
    has_profiles: bool,
    has_replays: bool,
    has_sessions: bool,
    has_insights_http: bool,
    has_insights_db: bool,
    has_insights_assets: bool,
    has_insights_app_start: bool,
    has_insights_screen_load: bool,
    has_insights_vitals: bool,
    has_insights_caches: bool,
    has_insights_queues: bool,
    has_insights_agent_monitoring: bool,
    #[serde(rename = "hasInsightsMCP")]
    has_insights_mcp: bool,
    has_logs: bool,
    has_trace_metrics: bool,
}

const COLORS: [&str; 8] = [
    "#3f70bf", "#3fbf7f", "#bf6e3f", "#7a3fbf", "#bf3f55", "#3fb5bf", "#a3bf3f", "#bf3fa8",
];

impl ProjectSummary {
    pub(super) fn of(project: &Project, is_member: bool, access: Vec<&'static str>) -> Self {
        let letters = project.slug.bytes().map(usize::from).sum::<usize>();
        Self {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
            platform: project.platform.clone(),
            date_created: project.created_at,
            is_bookmarked: false,
            is_member,
            features: [],
            first_event: project.first_event_at,
            access,
            has_access: true,
            seen: SeenKinds::default(),
            is_internal: false,
            is_public: false,
            avatar: AvatarView::LETTER,
            color: COLORS[letters % COLORS.len()],
            status: "active",
        }
    }
}

/// A project with the teams that have a part in it.
#[derive(Debug, Serialize)]
pub(crate) struct ProjectWithTeams {
    #[serde(flatten)]
    summary: ProjectSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<TeamReference>,
    teams: Vec<TeamReference>,
}

impl ProjectWithTeams {
    pub(super) fn of(summary: ProjectSummary, teams: Vec<TeamReference>) -> Self {
        Self {
            summary,
            team: teams.first().cloned(),
            teams,
        }
    }
}

/// A project in a list, and one that was just made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectInList {
    #[serde(flatten)]
    summary: ProjectSummary,
    team: Option<TeamReference>,
    teams: Vec<TeamReference>,
    platforms: Vec<String>,
    has_user_reports: bool,
    environments: Vec<String>,
    latest_release: Option<Empty>,
}

impl ProjectInList {
    pub(super) fn of(
        summary: ProjectSummary,
        project: &Project,
        teams: Vec<TeamReference>,
        environments: Vec<String>,
    ) -> Self {
        Self {
            summary,
            team: teams.first().cloned(),
            teams,
            platforms: project.platform.iter().cloned().collect(),
            has_user_reports: false,
            environments,
            latest_release: None,
        }
    }
}

/// A project by itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectDetails {
    #[serde(flatten)]
    summary: ProjectSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<TeamReference>,
    teams: Vec<TeamReference>,
    latest_release: Option<Empty>,
    organization: OrganizationView,
    platforms: Vec<String>,
    #[serde(flatten)]
    settings: SettingsView,
    #[serde(flatten)]
    fixed: FixedSettings,
}

impl ProjectDetails {
    pub(super) fn of(
        summary: ProjectSummary,
        project: &Project,
        teams: Vec<TeamReference>,
        organization: OrganizationView,
        settings: &ProjectSettings,
    ) -> Self {
        Self {
            summary,
            team: teams.first().cloned(),
            teams,
            latest_release: None,
            organization,
            platforms: project.platform.iter().cloned().collect(),
            settings: SettingsView::of(settings),
            fixed: FixedSettings::default(),
        }
    }
}

/// Settings that clients expect. None can be changed so far; each says how the product behaves today.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FixedSettings {
    subject_prefix: &'static str,
    subject_template: &'static str,
    store_crash_reports: Option<u32>,
    security_token: &'static str,
    security_token_header: Option<&'static str>,
    #[serde(rename = "verifySSL")]
    verify_ssl: bool,
    scrape_java_script: bool,
    enable_auto_release_creation: bool,
    highlight_preset: HighlightPreset,
    processing_issues: u32,
    default_environment: Option<&'static str>,
    builtin_symbol_sources: [&'static str; 0],
    symbol_sources: &'static str,
    tempest_fetch_screenshots: bool,
    autofix_automation_tuning: &'static str,
    seer_scanner_automation: bool,
    seer_nightshift_tweaks: Empty,
    scm_source_context_enabled: bool,
    debug_files_role: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct HighlightPreset {
    tags: [&'static str; 0],
    context: Empty,
}

impl Default for FixedSettings {
    fn default() -> Self {
        Self {
            subject_prefix: "",
            subject_template: "$shortID - $title",
            store_crash_reports: None,
            security_token: "",
            security_token_header: None,
            verify_ssl: false,
            scrape_java_script: false,
            enable_auto_release_creation: false,
            highlight_preset: HighlightPreset {
                tags: [],
                context: Empty {},
            },
            processing_issues: 0,
            default_environment: None,
            builtin_symbol_sources: [],
            symbol_sources: "[]",
            tempest_fetch_screenshots: false,
            autofix_automation_tuning: "off",
            seer_scanner_automation: false,
            seer_nightshift_tweaks: Empty {},
            scm_source_context_enabled: false,
            debug_files_role: None,
        }
    }
}
