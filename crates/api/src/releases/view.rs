use httpkit::ApiError;
use model::{ReleaseParts, Timestamp, Version};
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    releases::{InProject, ReleaseDetails},
};
use store::users::User;

use super::{commits::CommitView, deploys::DeployView};
use crate::{users::UserReference, view::Empty};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseView {
    id: i64,
    version: String,
    short_version: String,
    version_info: VersionInfo,
    status: &'static str,
    #[serde(rename = "ref")]
    reference: Option<String>,
    url: Option<String>,
    owner: Option<UserReference>,
    data: Empty,
    date_created: Timestamp,
    date_started: Option<Timestamp>,
    date_released: Option<Timestamp>,
    first_event: Option<Timestamp>,
    last_event: Option<Timestamp>,
    new_groups: i64,
    projects: Vec<ProjectOfRelease>,
    commit_count: i64,
    last_commit: Option<CommitView>,
    authors: Vec<AuthorView>,
    deploy_count: i64,
    last_deploy: Option<DeployView>,
    current_project_meta: Empty,
    user_agent: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionInfo {
    package: Option<String>,
    version: RawVersion,
    description: String,
    build_hash: Option<String>,
}

/// A version without what stands before `@`.
pub(super) fn short_version(version: &str) -> String {
    VersionInfo::of(version).description
}

#[derive(Debug, Clone, Serialize)]
struct RawVersion {
    raw: String,
    #[serde(flatten)]
    semver: Option<SemanticVersion>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct SemanticVersion {
    major: u64,
    minor: u64,
    patch: u64,
    pre: Option<String>,
    build_code: Option<String>,
    components: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProjectOfRelease {
    id: i64,
    slug: String,
    name: String,
    new_groups: i64,
    platform: Option<String>,
    platforms: Vec<String>,
    has_health_data: bool,
}

/// Who wrote commits; members are not told apart from others.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AuthorView {
    name: String,
    email: String,
}

impl AuthorView {
    pub(super) fn of(name: String, email: String) -> Self {
        Self { name, email }
    }
}

impl ReleaseView {
    pub(super) fn version(&self) -> &str {
        &self.version
    }
}

/// A release that events named.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum NamedRelease {
    Known(Box<ReleaseView>),
    /// Of one that is gone, or whose name no release may have, nothing else is known.
    Unknown {
        version: String,
    },
}

impl NamedRelease {
    pub(crate) fn version(&self) -> &str {
        match self {
            Self::Known(release) => &release.version,
            Self::Unknown { version } => version,
        }
    }
}

/// The members who may own releases.
#[derive(Debug)]
pub(super) struct Owners(Vec<User>);

impl Owners {
    pub(super) async fn load(app: &App, scope: &OrganizationScope, of: &[ReleaseDetails]) -> Result<Self, ApiError> {
        if of.iter().all(|found| found.release.owner.is_none()) {
            return Ok(Self(Vec::new()));
        }
        Ok(Self(services::organizations::members(app, scope).await?))
    }

    pub(super) fn view(&self, found: ReleaseDetails) -> ReleaseView {
        let (first_event, last_event) = (found.first_event_at(), found.last_event_at());
        let new_groups = found.new_issues();
        let release = found.release;
        let version_info = VersionInfo::of(&release.version);
        let owner = self.0.iter().find(|user| Some(user.id) == release.owner);
        ReleaseView {
            id: release.id.0,
            short_version: version_info.description.clone(),
            version_info,
            status: release.status.name(),
            reference: release.reference,
            url: release.url,
            owner: owner.map(UserReference::of),
            data: Empty {},
            date_created: release.created_at,
            date_started: release.started_at,
            date_released: release.released_at,
            first_event,
            last_event,
            new_groups,
            projects: found.projects.into_iter().map(ProjectOfRelease::of).collect(),
            commit_count: found.commit_count,
            last_commit: found.last_commit.map(CommitView::of),
            authors: found
                .authors
                .into_iter()
                .map(|(name, email)| AuthorView::of(name, email))
                .collect(),
            deploy_count: found.deploy_count,
            last_deploy: found.last_deploy.map(DeployView::with_name),
            current_project_meta: Empty {},
            user_agent: None,
            version: release.version,
        }
    }
}

impl ProjectOfRelease {
    fn of(of: InProject) -> Self {
        Self {
            id: of.project.id.0,
            slug: of.project.slug,
            name: of.project.name,
            new_groups: of.new_issues,
            platforms: of.project.platform.iter().cloned().collect(),
            platform: of.project.platform,
            has_health_data: false,
        }
    }
}

impl VersionInfo {
    fn of(version: &str) -> Self {
        let parts = ReleaseParts::of(version);
        let build = parts.build.map(str::to_owned);
        let semver = Version::parse(parts.version);
        let is_hash = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bare = if is_hash(parts.version) {
            parts.version[..12].to_owned()
        } else {
            parts.version.to_owned()
        };
        let description = match &build {
            Some(build) => format!("{bare} ({build})"),
            None => bare,
        };
        Self {
            package: parts.package.map(str::to_owned),
            version: RawVersion {
                raw: match &build {
                    Some(build) => format!("{}+{build}", parts.version),
                    None => parts.version.to_owned(),
                },
                semver: semver.map(|semver| SemanticVersion {
                    major: semver.numbers()[0],
                    minor: semver.numbers()[1],
                    patch: semver.numbers()[2],
                    pre: Some(semver.prerelease().to_owned()).filter(|pre| !pre.is_empty()),
                    build_code: build.clone(),
                    components: parts.version.split('-').next().unwrap_or_default().split('.').count(),
                }),
            },
            description,
            build_hash: Some(parts.version.to_owned()).filter(|text| is_hash(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_described_by_its_parts() {
        let describe = |version: &str| {
            let info = VersionInfo::of(version);
            (
                info.description,
                info.version.semver.is_some(),
                info.build_hash.is_some(),
            )
        };
        assert_eq!(
            describe("shop@1.2.3-rc.1+42"),
            ("1.2.3-rc.1 (42)".to_owned(), true, false)
        );
        assert_eq!(describe("nightly"), ("nightly".to_owned(), false, false));
        let hash = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(describe(hash), ("0123456789ab".to_owned(), false, true));
        let info = serde_json::to_value(VersionInfo::of("shop@1.2")).unwrap();
        assert_eq!(info["version"]["major"], 1);
        assert_eq!(info["version"]["components"], 2);
        assert_eq!(info["package"], "shop");
    }
}
