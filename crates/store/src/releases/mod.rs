//! Releases of an organization, the projects that have them, and where events named them.

mod order;
mod seen;

pub use order::{ReleaseOrder, find_many, first_with_commit, greatest_semver, in_project, latest, newest, recent};
pub use seen::{ReleaseSighting, known, note};

use model::{OrganizationId, ProjectId, ReleaseId, ReleaseParts, Timestamp, UserId, Version};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT, like},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseStatus {
    Open,
    /// Put away: lists leave it out.
    Archived,
}

impl ReleaseStatus {
    const ALL: [Self; 2] = [Self::Open, Self::Archived];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Archived => "archived",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    fn number(self) -> i64 {
        self as i64
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub id: ReleaseId,
    pub organization: OrganizationId,
    pub version: String,
    pub status: ReleaseStatus,
    /// A commit or a branch.
    pub reference: Option<String>,
    pub url: Option<String>,
    pub owner: Option<UserId>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub released_at: Option<Timestamp>,
}

impl Release {
    /// When it was released, else when it came to be known.
    pub fn ordered_at(&self) -> Timestamp {
        self.released_at.unwrap_or(self.created_at)
    }
}

const COLUMNS: &str = "r.id, r.organization_id, r.version, r.status, r.ref, r.url, r.owner_id, r.created_at,
    r.started_at, r.released_at";

fn read(row: &AnyRow) -> Result<Release, Error> {
    Ok(Release {
        id: ReleaseId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        version: row.text("version")?,
        status: row.number("status", ReleaseStatus::from_number)?,
        reference: row.optional_text("ref")?,
        url: row.optional_text("url")?,
        owner: row.optional_int("owner_id")?.map(UserId),
        created_at: row.time("created_at")?,
        started_at: row.optional_time("started_at")?,
        released_at: row.optional_time("released_at")?,
    })
}

/// Without a package, a date or a build number would pass for a version.
fn version_key(version: &str) -> Option<String> {
    let parts = ReleaseParts::of(version);
    parts.package?;
    Some(Version::parse(parts.version)?.sort_key())
}

/// Returns `false` if the organization has a release of this version; nothing is written then.
pub async fn create(db: &mut Connection, release: &Release) -> Result<bool, Error> {
    let sql = "INSERT INTO releases (id, organization_id, version, version_key, status, ref, url, owner_id, created_at,
            started_at, released_at, ordered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (organization_id, version) DO NOTHING";
    let created = sqlx::query(sql)
        .bind(release.id.0)
        .bind(release.organization.0)
        .bind(clean(&release.version))
        .bind(version_key(&release.version))
        .bind(release.status.number())
        .bind(release.reference.as_deref().map(clean))
        .bind(release.url.as_deref().map(clean))
        .bind(release.owner.map(|user| user.0))
        .bind(release.created_at.0)
        .bind(release.started_at.map(|at| at.0))
        .bind(release.released_at.map(|at| at.0))
        .bind(release.ordered_at().0)
        .run(db)
        .await?;
    Ok(created == 1)
}

/// Writes all of it but its version and when it was made.
pub async fn update(db: &mut Connection, release: &Release) -> Result<(), Error> {
    let sql = "UPDATE releases SET status = $3, ref = $4, url = $5, owner_id = $6, started_at = $7, released_at = $8,
            ordered_at = $9
        WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(release.organization.0)
        .bind(release.id.0)
        .bind(release.status.number())
        .bind(release.reference.as_deref().map(clean))
        .bind(release.url.as_deref().map(clean))
        .bind(release.owner.map(|user| user.0))
        .bind(release.started_at.map(|at| at.0))
        .bind(release.released_at.map(|at| at.0))
        .bind(release.ordered_at().0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut Connection, organization: OrganizationId, id: ReleaseId) -> Result<bool, Error> {
    let sql = "DELETE FROM releases WHERE organization_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}

pub async fn find(db: &mut Connection, organization: OrganizationId, version: &str) -> Result<Option<Release>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM releases r WHERE r.organization_id = "));
    sql.int(organization.0).push(" AND r.version = ").text(version);
    sql.query().find(db, read).await
}

/// Which releases of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseFilter {
    /// That one of these has.
    pub projects: Vec<ProjectId>,
    /// That events named in one of these; in any, or in none, when empty.
    pub environments: Vec<String>,
    /// With this in the version, whatever its case; `*` is a wildcard.
    pub text: String,
    pub status: Option<ReleaseStatus>,
}

/// A place in the list of releases: when it was released, and its id.
pub type ReleasePlace = (Timestamp, ReleaseId);

/// A commit is in few releases as a rule; of one that is in many the latest are told.
const MOST_OF_COMMITS: i64 = 1_000;

/// The releases that commits are in, the latest first, each with the id of the commit; those of these projects.
pub async fn of_commits(
    db: &mut Connection,
    commits: &[i64],
    projects: &[ProjectId],
) -> Result<Vec<(i64, Release)>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS}, o.commit_id FROM release_commits o JOIN releases r ON r.id = o.release_id WHERE o.commit_id IN "
    ));
    sql.ints(commits.iter().copied())
        .push(" AND EXISTS (SELECT 1 FROM release_projects p WHERE p.release_id = r.id AND p.project_id IN ")
        .ints(projects.iter().map(|project| project.0))
        .push(") ORDER BY r.ordered_at DESC, r.id DESC, o.position LIMIT ")
        .int(MOST_OF_COMMITS);
    sql.query()
        .list(db, |row| Ok((row.int("commit_id")?, read(row)?)))
        .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseStart {
    Newest,
    OlderThan(ReleasePlace),
    /// The rows next to it.
    NewerThan(ReleasePlace),
}

/// All of an organization's that pass the filter.
fn filtered(organization: OrganizationId, filter: &ReleaseFilter) -> Sql {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM releases r WHERE r.organization_id = "));
    sql.int(organization.0);
    sql.push(" AND EXISTS (SELECT 1 FROM release_projects p WHERE p.release_id = r.id AND p.project_id IN ")
        .ints(filter.projects.iter().map(|project| project.0))
        .push(")");
    if !filter.environments.is_empty() {
        sql.push(" AND EXISTS (SELECT 1 FROM release_environments e WHERE e.release_id = r.id AND e.project_id IN ")
            .ints(filter.projects.iter().map(|project| project.0))
            .push(" AND e.environment IN ")
            .texts(filter.environments.iter().map(String::as_str))
            .push(")");
    }
    if !filter.text.is_empty() {
        sql.push(" AND LOWER(r.version) LIKE ")
            .text(&format!("%{}%", like(&filter.text)))
            .push(" ESCAPE '\\'");
    }
    if let Some(status) = filter.status {
        sql.push(" AND r.status = ").int(status.number());
    }
    sql
}

/// At most `limit`, the newest first, whichever way the page was reached.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &ReleaseFilter,
    start: ReleaseStart,
    limit: i64,
) -> Result<Vec<Release>, Error> {
    let mut sql = filtered(organization, filter);
    let (direction, bound) = match start {
        ReleaseStart::Newest => ("DESC", None),
        ReleaseStart::OlderThan(place) => ("DESC", Some(("<", place))),
        ReleaseStart::NewerThan(place) => ("ASC", Some((">", place))),
    };
    if let Some((sign, (at, id))) = bound {
        sql.push(&format!(" AND (r.ordered_at {sign} ")).int(at.0);
        sql.push(" OR (r.ordered_at = ").int(at.0);
        sql.push(&format!(" AND r.id {sign} ")).int(id.0).push("))");
    }
    sql.push(&format!(" ORDER BY r.ordered_at {direction}, r.id {direction} LIMIT "))
        .int(limit);
    let mut releases = sql.query_once().list(db, read).await?;
    if matches!(start, ReleaseStart::NewerThan(_)) {
        releases.reverse();
    }
    Ok(releases)
}

/// At most `limit` from the `offset`th on, the greatest version first.
pub async fn list_by_version(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &ReleaseFilter,
    offset: i64,
    limit: i64,
) -> Result<Vec<Release>, Error> {
    let mut sql = filtered(organization, filter);
    sql.push(ReleaseOrder::Version.newest_first())
        .push(" LIMIT ")
        .int(limit);
    sql.push(" OFFSET ").int(offset);
    sql.query_once().list(db, read).await
}

/// Gives a release to projects. Returns those that did not have it.
pub async fn add_projects(
    db: &mut Connection,
    release: ReleaseId,
    projects: &[ProjectId],
) -> Result<Vec<ProjectId>, Error> {
    let mut new = Vec::new();
    for projects in projects.chunks(VALUES_A_STATEMENT / 2) {
        let mut sql = Sql::new("INSERT INTO release_projects (release_id, project_id) VALUES ");
        for (index, project) in projects.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(release.0);
            sql.push(", ").int(project.0).push(")");
        }
        sql.push(" ON CONFLICT (project_id, release_id) DO NOTHING RETURNING project_id");
        new.extend(
            sql.query()
                .list(db, |row| Ok(ProjectId(row.int("project_id")?)))
                .await?,
        );
    }
    Ok(new)
}

/// The projects of releases, by release and project.
pub async fn projects_of(db: &mut Connection, releases: &[ReleaseId]) -> Result<Vec<(ReleaseId, ProjectId)>, Error> {
    let mut sql = Sql::new("SELECT release_id, project_id FROM release_projects WHERE release_id IN ");
    sql.ints(releases.iter().map(|release| release.0))
        .push(" ORDER BY release_id, project_id");
    sql.query()
        .list(db, |row| {
            Ok((ReleaseId(row.int("release_id")?), ProjectId(row.int("project_id")?)))
        })
        .await
}

/// When events of a project named a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseTimes {
    pub release: ReleaseId,
    pub project: ProjectId,
    pub first_event_at: Timestamp,
    /// Behind by up to a minute.
    pub last_event_at: Timestamp,
}

/// Of releases that events named.
pub async fn times_of(db: &mut Connection, releases: &[ReleaseId]) -> Result<Vec<ReleaseTimes>, Error> {
    let mut sql = Sql::new(
        "SELECT release_id, project_id, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen
        FROM release_environments WHERE release_id IN ",
    );
    sql.ints(releases.iter().map(|release| release.0))
        .push(" GROUP BY release_id, project_id");
    sql.query()
        .list(db, |row| {
            Ok(ReleaseTimes {
                release: ReleaseId(row.int("release_id")?),
                project: ProjectId(row.int("project_id")?),
                first_event_at: row.time("first_seen")?,
                last_event_at: row.time("last_seen")?,
            })
        })
        .await
}

/// How many issues of each project were first seen in a version; none where there are none.
pub async fn new_issues(
    db: &mut Connection,
    projects: &[ProjectId],
    versions: &[&str],
) -> Result<Vec<(ProjectId, String, i64)>, Error> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT project_id, first_release, COUNT(*) AS issues FROM issues WHERE deleting = 0 AND project_id IN ",
    );
    sql.ints(projects.iter().map(|project| project.0))
        .push(" AND first_release IN ")
        .texts(versions.iter().copied())
        .push(" GROUP BY project_id, first_release");
    sql.query()
        .list(db, |row| {
            let project = ProjectId(row.int("project_id")?);
            Ok((project, row.text("first_release")?, row.int("issues")?))
        })
        .await
}
