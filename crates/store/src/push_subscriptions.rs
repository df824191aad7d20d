//! Browsers that show notifications.

use model::{PushSubscriptionId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    pub id: PushSubscriptionId,
    pub user: UserId,
    /// Where messages are sent to.
    pub endpoint: String,
    /// The key with which its messages are sealed, and the secret that goes into it: base64url.
    pub p256dh: String,
    pub auth: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_sent_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, user_id, endpoint, p256dh, auth, user_agent, created_at, last_sent_at";

fn read(row: &AnyRow) -> Result<PushSubscription, Error> {
    Ok(PushSubscription {
        id: PushSubscriptionId(row.int("id")?),
        user: UserId(row.int("user_id")?),
        endpoint: row.text("endpoint")?,
        p256dh: row.text("p256dh")?,
        auth: row.text("auth")?,
        user_agent: row.text("user_agent")?,
        created_at: row.time("created_at")?,
        last_sent_at: row.optional_time("last_sent_at")?,
    })
}

/// Those of these users, oldest first.
pub async fn list(db: &mut Connection, users: &[UserId]) -> Result<Vec<PushSubscription>, Error> {
    let mut found = Vec::new();
    for some in users.chunks(500) {
        let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM push_subscriptions WHERE user_id IN "));
        sql.ints(some.iter().map(|user| user.0)).push(" ORDER BY id");
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Adds a browser. One that is known gets its new keys, and belongs to who signed in there last.
pub async fn set(db: &mut Connection, new: &PushSubscription) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO push_subscriptions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth,
            user_agent = excluded.user_agent"
    ));
    sqlx::query(sql)
        .bind(new.id.0)
        .bind(new.user.0)
        .bind(clean(&new.endpoint))
        .bind(clean(&new.p256dh))
        .bind(clean(&new.auth))
        .bind(clean(&new.user_agent))
        .bind(new.created_at.0)
        .bind(new.last_sent_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if the user has none of this id.
pub async fn delete(db: &mut Connection, user: UserId, id: PushSubscriptionId) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM push_subscriptions WHERE user_id = $1 AND id = $2")
        .bind(user.0)
        .bind(id.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}
