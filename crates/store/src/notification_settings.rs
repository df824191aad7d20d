//! What users and teams want to be told of.

use model::{Assignee, NotificationSettingId, ProjectId, TeamId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// One answer of a user or a team: about a kind of notifications, and about a way by which they come if `provider` says
/// so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationSetting {
    pub id: NotificationSettingId,
    pub holder: Assignee,
    pub scope_kind: String,
    pub scope_id: i64,
    pub kind: String,
    /// Empty for whether it comes at all.
    pub provider: String,
    pub value: String,
}

const COLUMNS: &str = "id, user_id, team_id, scope_kind, scope_id, kind, provider, value";

/// The user or the team of a row that has either.
pub(crate) fn read_holder(row: &AnyRow) -> Result<Assignee, Error> {
    let user = row.optional_int("user_id")?.map(|id| Assignee::User(UserId(id)));
    let team = row.optional_int("team_id")?.map(|id| Assignee::Team(TeamId(id)));
    user.or(team)
        .ok_or_else(|| Error::Corrupt("something of a user or a team is nobody's".to_owned()))
}

fn read(row: &AnyRow) -> Result<NotificationSetting, Error> {
    Ok(NotificationSetting {
        id: NotificationSettingId(row.int("id")?),
        holder: read_holder(row)?,
        scope_kind: row.text("scope_kind")?,
        scope_id: row.int("scope_id")?,
        kind: row.text("kind")?,
        provider: row.text("provider")?,
        value: row.text("value")?,
    })
}

/// All that these have said.
pub async fn list(db: &mut Connection, holders: &[Assignee]) -> Result<Vec<NotificationSetting>, Error> {
    let mut found = Vec::new();
    for some in holders.chunks(500) {
        let names: Vec<String> = some.iter().map(Assignee::to_string).collect();
        let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM notification_settings WHERE holder IN "));
        sql.texts(names.iter().map(String::as_str)).push(" ORDER BY id");
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Writes an answer, in the place of one of the same kind, provider and scope. Returns the id that it has.
pub async fn set(
    db: &mut Connection,
    setting: &NotificationSetting,
    at: Timestamp,
) -> Result<NotificationSettingId, Error> {
    let sql = "INSERT INTO notification_settings
            (id, holder, user_id, team_id, scope_kind, scope_id, kind, provider, value, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (holder, scope_kind, scope_id, kind, provider)
        DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at RETURNING id";
    let id = sqlx::query(sql)
        .bind(setting.id.0)
        .bind(setting.holder.to_string())
        .bind(setting.holder.user().map(|user| user.0))
        .bind(setting.holder.team().map(|team| team.0))
        .bind(&setting.scope_kind)
        .bind(setting.scope_id)
        .bind(&setting.kind)
        .bind(&setting.provider)
        .bind(&setting.value)
        .bind(at.0)
        .find(db, |row| row.int("id"))
        .await?;
    Ok(id.map_or(setting.id, NotificationSettingId))
}

/// Takes an answer back. Returns `false` if there was none of this id.
pub async fn delete(db: &mut Connection, holder: Assignee, id: NotificationSettingId) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM notification_settings WHERE holder = $1 AND id = $2")
        .bind(holder.to_string())
        .bind(id.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}

/// Takes back what was said in one scope about a kind, by a provider or at all.
pub async fn unset(db: &mut Connection, like: &NotificationSetting) -> Result<(), Error> {
    let sql = "DELETE FROM notification_settings
        WHERE holder = $1 AND scope_kind = $2 AND scope_id = $3 AND kind = $4 AND provider = $5";
    sqlx::query(sql)
        .bind(like.holder.to_string())
        .bind(&like.scope_kind)
        .bind(like.scope_id)
        .bind(&like.kind)
        .bind(&like.provider)
        .run(db)
        .await?;
    Ok(())
}

/// The users who gave this answer to a kind anywhere.
pub async fn users_with(db: &mut Connection, kind: &str, value: &str) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT DISTINCT user_id FROM notification_settings
        WHERE kind = $1 AND value = $2 AND provider = '' AND user_id IS NOT NULL";
    sqlx::query(sql)
        .bind(kind)
        .bind(value)
        .list(db, |row| Ok(UserId(row.int("user_id")?)))
        .await
}

/// What users decided on for everything, as JSON; those who did not are left out.
pub async fn preferences(db: &mut Connection, users: &[UserId]) -> Result<Vec<(UserId, String)>, Error> {
    let mut found = Vec::new();
    for some in users.chunks(500) {
        let mut sql = Sql::new("SELECT user_id, value FROM notification_preferences WHERE user_id IN ");
        sql.ints(some.iter().map(|user| user.0));
        let pair = |row: &AnyRow| Ok((UserId(row.int("user_id")?), row.text("value")?));
        found.extend(sql.query_once().list(db, pair).await?);
    }
    Ok(found)
}

pub async fn set_preferences(db: &mut Connection, user: UserId, value: &str, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO notification_preferences (user_id, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    sqlx::query(sql)
        .bind(user.0)
        .bind(clean(value))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Where a user lets the mails of single projects go.
pub async fn addresses(db: &mut Connection, user: UserId) -> Result<Vec<(ProjectId, String)>, Error> {
    sqlx::query("SELECT project_id, email FROM notification_addresses WHERE user_id = $1 ORDER BY project_id")
        .bind(user.0)
        .list(db, |row| Ok((ProjectId(row.int("project_id")?), row.text("email")?)))
        .await
}

/// `None`: to the user's own address again.
pub async fn set_address(
    db: &mut Connection,
    user: UserId,
    project: ProjectId,
    email: Option<&str>,
) -> Result<(), Error> {
    let Some(email) = email else {
        sqlx::query("DELETE FROM notification_addresses WHERE user_id = $1 AND project_id = $2")
            .bind(user.0)
            .bind(project.0)
            .run(db)
            .await?;
        return Ok(());
    };
    let sql = "INSERT INTO notification_addresses (user_id, project_id, email) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, project_id) DO UPDATE SET email = excluded.email";
    sqlx::query(sql)
        .bind(user.0)
        .bind(project.0)
        .bind(clean(email))
        .run(db)
        .await?;
    Ok(())
}
