use model::{MetricAlertId, SnoozeId, Timestamp, UserId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// That somebody, or everybody, is not told by a rule for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSnooze {
    pub id: SnoozeId,
    pub alert: MetricAlertId,
    /// None: everybody.
    pub user: Option<UserId>,
    /// None: until somebody ends it.
    pub until: Option<Timestamp>,
    pub made_by: Option<UserId>,
    pub created_at: Timestamp,
}

/// Those of these rules that hold.
pub async fn snoozes(
    db: &mut Connection,
    alerts: &[MetricAlertId],
    now: Timestamp,
) -> Result<Vec<MetricSnooze>, Error> {
    let mut sql = Sql::new(
        "SELECT id, metric_alert_id, user_id, until_at, made_by, created_at FROM metric_alert_snoozes
         WHERE (until_at IS NULL OR until_at > ",
    );
    sql.int(now.0).push(") AND metric_alert_id IN ");
    sql.plain_ints(alerts.iter().map(|alert| alert.0)).push(" ORDER BY id");
    let read = |row: &sqlx::any::AnyRow| {
        Ok(MetricSnooze {
            id: SnoozeId(row.int("id")?),
            alert: MetricAlertId(row.int("metric_alert_id")?),
            user: row.optional_int("user_id")?.map(UserId),
            until: row.optional_time("until_at")?,
            made_by: row.optional_int("made_by")?.map(UserId),
            created_at: row.time("created_at")?,
        })
    };
    sql.query_once().list(db, read).await
}

/// It takes the place of the one that the same people had.
pub async fn set_snooze(db: &mut Connection, snooze: &MetricSnooze) -> Result<(), Error> {
    delete_snooze(db, snooze.alert, snooze.user).await?;
    let sql = "INSERT INTO metric_alert_snoozes (id, metric_alert_id, user_id, until_at, made_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(snooze.id.0)
        .bind(snooze.alert.0)
        .bind(snooze.user.map(|user| user.0))
        .bind(snooze.until.map(|until| until.0))
        .bind(snooze.made_by.map(|user| user.0))
        .bind(snooze.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if there is none.
pub async fn delete_snooze(db: &mut Connection, alert: MetricAlertId, user: Option<UserId>) -> Result<bool, Error> {
    let sql = "DELETE FROM metric_alert_snoozes WHERE metric_alert_id = $1 AND COALESCE(user_id, 0) = $2";
    let user = user.map_or(0, |user| user.0);
    Ok(sqlx::query(sql).bind(alert.0).bind(user).run(db).await? > 0)
}

pub async fn delete_expired_snoozes(db: &mut Connection, now: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM metric_alert_snoozes WHERE until_at <= $1")
        .bind(now.0)
        .run(db)
        .await?;
    Ok(())
}
