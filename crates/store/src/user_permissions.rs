//! What users may do with the whole installation.

use model::{Timestamp, UserId, UserPermission};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// Returns `false` if the user had it.
pub async fn add(db: &mut Connection, user: UserId, permission: UserPermission, at: Timestamp) -> Result<bool, Error> {
    let sql = "INSERT INTO user_permissions (user_id, permission, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, permission) DO NOTHING";
    let written = sqlx::query(sql)
        .bind(user.0)
        .bind(permission.name())
        .bind(at.0)
        .run(db)
        .await?;
    Ok(written == 1)
}

/// Returns `false` if the user had it not.
pub async fn remove(db: &mut Connection, user: UserId, permission: UserPermission) -> Result<bool, Error> {
    let sql = "DELETE FROM user_permissions WHERE user_id = $1 AND permission = $2";
    Ok(sqlx::query(sql).bind(user.0).bind(permission.name()).run(db).await? == 1)
}

/// Sorted by name.
pub async fn list(db: &mut Connection, user: UserId) -> Result<Vec<UserPermission>, Error> {
    sqlx::query("SELECT permission FROM user_permissions WHERE user_id = $1 ORDER BY permission")
        .bind(user.0)
        .list(db, |row| row.name("permission", UserPermission::from_name))
        .await
}

/// How many active users have it.
pub async fn count(db: &mut Connection, permission: UserPermission) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS holders FROM user_permissions p JOIN users u ON u.id = p.user_id
        WHERE p.permission = $1 AND u.is_active = 1";
    let found = sqlx::query(sql)
        .bind(permission.name())
        .find(db, |row| row.int("holders"))
        .await?;
    Ok(found.unwrap_or_default())
}
