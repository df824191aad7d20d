//! Commits of releases, and the repositories that they are in.

use model::{OrganizationId, ReleaseId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    pub id: i64,
    pub name: String,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub id: i64,
    pub repository: Repository,
    /// What the version control calls it.
    pub key: String,
    pub message: String,
    /// May be empty, as the address.
    pub author_name: String,
    pub author_email: String,
    pub committed_at: Timestamp,
}

const COLUMNS: &str = "c.id, c.commit_key, c.message, c.author_name, c.author_email, c.committed_at, c.repository_id,
    p.name AS repository_name, p.created_at AS repository_created_at";

fn read(row: &AnyRow) -> Result<Commit, Error> {
    Ok(Commit {
        id: row.int("id")?,
        repository: Repository {
            id: row.int("repository_id")?,
            name: row.text("repository_name")?,
            created_at: row.time("repository_created_at")?,
        },
        key: row.text("commit_key")?,
        message: row.text("message")?,
        author_name: row.text("author_name")?,
        author_email: row.text("author_email")?,
        committed_at: row.time("committed_at")?,
    })
}

/// The repository of a name; `id` is for a new one.
pub async fn repository(
    db: &mut Connection,
    organization: OrganizationId,
    name: &str,
    id: i64,
    now: Timestamp,
) -> Result<Repository, Error> {
    let sql = "INSERT INTO repositories (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization_id, name) DO UPDATE SET name = excluded.name
        RETURNING id, name, created_at";
    let found = sqlx::query(sql)
        .bind(id)
        .bind(organization.0)
        .bind(clean(name))
        .bind(now.0)
        .find(db, |row| {
            Ok(Repository {
                id: row.int("id")?,
                name: row.text("name")?,
                created_at: row.time("created_at")?,
            })
        })
        .await?;
    found.ok_or_else(|| Error::Corrupt("a repository that was written is not there".to_owned()))
}

/// Writes a commit, or writes it anew when it is known. Returns the id that it has.
pub async fn put(db: &mut Connection, commit: &Commit) -> Result<i64, Error> {
    let sql = "INSERT INTO commits (id, repository_id, commit_key, message, author_name, author_email, committed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (repository_id, commit_key) DO UPDATE SET message = excluded.message,
            author_name = excluded.author_name, author_email = excluded.author_email,
            committed_at = excluded.committed_at
        RETURNING id";
    let found = sqlx::query(sql)
        .bind(commit.id)
        .bind(commit.repository.id)
        .bind(clean(&commit.key))
        .bind(clean(&commit.message))
        .bind(clean(&commit.author_name))
        .bind(clean(&commit.author_email))
        .bind(commit.committed_at.0)
        .find(db, |row| row.int("id"))
        .await?;
    Ok(found.unwrap_or(commit.id))
}

/// Replaces the commits of a release; the newest first.
pub async fn set_of_release(db: &mut Connection, release: ReleaseId, commits: &[i64]) -> Result<(), Error> {
    sqlx::query("DELETE FROM release_commits WHERE release_id = $1")
        .bind(release.0)
        .run(db)
        .await?;
    for commits in commits.iter().enumerate().collect::<Vec<_>>().chunks(500) {
        let mut sql = Sql::new("INSERT INTO release_commits (release_id, position, commit_id) VALUES ");
        for (nth, (position, commit)) in commits.iter().enumerate() {
            sql.push(if nth == 0 { "(" } else { ", (" }).int(release.0);
            sql.push(", ").int(i64::try_from(*position).unwrap_or(i64::MAX));
            sql.push(", ").int(**commit).push(")");
        }
        sql.query().run(db).await?;
    }
    Ok(())
}

/// Some of a release's, the newest first, from the `offset`th on.
pub async fn list_of_release(
    db: &mut Connection,
    release: ReleaseId,
    offset: i64,
    limit: i64,
) -> Result<Vec<Commit>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM release_commits r JOIN commits c ON c.id = r.commit_id
            JOIN repositories p ON p.id = c.repository_id WHERE r.release_id = "
    ));
    sql.int(release.0);
    sql.push(" AND r.position >= ").int(offset);
    sql.push(" ORDER BY r.position LIMIT ").int(limit);
    sql.query().list(db, read).await
}

/// Of each of these releases how many commits it has, and the newest.
pub async fn latest(db: &mut Connection, releases: &[ReleaseId]) -> Result<Vec<(ReleaseId, i64, Commit)>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS}, r.release_id,
            (SELECT COUNT(*) FROM release_commits o WHERE o.release_id = r.release_id) AS commits
        FROM release_commits r JOIN commits c ON c.id = r.commit_id JOIN repositories p ON p.id = c.repository_id
        WHERE r.position = 0 AND r.release_id IN "
    ));
    sql.ints(releases.iter().map(|release| release.0));
    sql.query()
        .list(db, |row| {
            Ok((ReleaseId(row.int("release_id")?), row.int("commits")?, read(row)?))
        })
        .await
}

/// Who wrote the commits of releases: each name and address once a release, `limit` altogether.
pub async fn authors(
    db: &mut Connection,
    releases: &[ReleaseId],
    limit: i64,
) -> Result<Vec<(ReleaseId, String, String)>, Error> {
    let mut sql = Sql::new(
        "SELECT DISTINCT r.release_id, c.author_name, c.author_email
        FROM release_commits r JOIN commits c ON c.id = r.commit_id WHERE c.author_email <> '' AND r.release_id IN ",
    );
    sql.ints(releases.iter().map(|release| release.0))
        .push(" ORDER BY r.release_id, c.author_email, c.author_name LIMIT ")
        .int(limit);
    sql.query()
        .list(db, |row| {
            Ok((
                ReleaseId(row.int("release_id")?),
                row.text("author_name")?,
                row.text("author_email")?,
            ))
        })
        .await
}
