//! Options that were set: a JSON value by place and name. What was never set is absent.

use model::Timestamp;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// Where an option is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionPlace {
    pub scope: &'static str,
    pub id: i64,
    /// 0 where the scope and its id say all.
    pub second: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StoredOption {
    pub scope: String,
    pub name: String,
    pub value: serde_json::Value,
    /// By which way it was set.
    pub channel: String,
}

fn read(row: &AnyRow) -> Result<StoredOption, Error> {
    Ok(StoredOption {
        scope: row.text("scope")?,
        name: row.text("name")?,
        value: row.json("value")?,
        channel: row.text("channel")?,
    })
}

/// All that is set at any of the places.
pub async fn list(db: &mut Connection, places: &[OptionPlace]) -> Result<Vec<StoredOption>, Error> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT scope, name, value, channel FROM options WHERE ");
    for (index, place) in places.iter().enumerate() {
        sql.push(if index == 0 { "(scope = " } else { " OR (scope = " });
        sql.text(place.scope).push(" AND scope_id = ").int(place.id);
        sql.push(" AND second_id = ").int(place.second).push(")");
    }
    sql.push(" ORDER BY name");
    sql.query().list(db, read).await
}

pub async fn set(
    db: &mut Connection,
    place: OptionPlace,
    name: &str,
    value: &serde_json::Value,
    channel: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO options (scope, scope_id, second_id, name, value, channel, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (scope, scope_id, second_id, name)
        DO UPDATE SET value = excluded.value, channel = excluded.channel, changed_at = excluded.changed_at";
    sqlx::query(sql)
        .bind(place.scope)
        .bind(place.id)
        .bind(place.second)
        .bind(clean(name))
        .bind(clean(&value.to_string()))
        .bind(channel)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if it was not set.
pub async fn unset(db: &mut Connection, place: OptionPlace, name: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM options WHERE scope = $1 AND scope_id = $2 AND second_id = $3 AND name = $4";
    let query = sqlx::query(sql).bind(place.scope).bind(place.id).bind(place.second);
    Ok(query.bind(clean(name)).run(db).await? == 1)
}

/// Forgets what was set at a place, and what users have set in it.
pub async fn purge(db: &mut Connection, place: OptionPlace, of_users: &'static str) -> Result<(), Error> {
    let sql = "DELETE FROM options WHERE (scope = $1 AND scope_id = $2) OR (scope = $3 AND second_id = $2)";
    let query = sqlx::query(sql).bind(place.scope).bind(place.id).bind(of_users);
    query.run(db).await?;
    Ok(())
}
