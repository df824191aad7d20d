//! What rules did, as lists and charts of rules show it. The firings one by one are in [`crate::alert_firings`].

use std::collections::HashMap;

use model::{AlertRuleId, ProjectId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

const HOUR: i64 = 3_600_000_000;

/// How often a rule fired in each hour from `start` until before `end` in which it did: the hour's start and the number.
pub async fn fired_by_hour(
    db: &mut Connection,
    (project, rule): (ProjectId, AlertRuleId),
    (start, end): (Timestamp, Timestamp),
) -> Result<Vec<(Timestamp, i64)>, Error> {
    let sql = "SELECT received_at / 3600000000 AS hour, COUNT(*) AS times FROM alert_firings
        WHERE project_id = $1 AND rule_id = $2 AND received_at >= $3 AND received_at < $4
        GROUP BY received_at / 3600000000 ORDER BY received_at / 3600000000";
    sqlx::query(sql)
        .bind(project.0)
        .bind(rule.0)
        .bind(start.0)
        .bind(end.0)
        .list(db, |row| Ok((Timestamp(row.int("hour")? * HOUR), row.int("times")?)))
        .await
}

/// What became of the messages of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActionHealth {
    pub sent: i64,
    /// They are tried again.
    pub retried: i64,
    /// They were refused, or given up.
    pub failed: i64,
}

/// Of the messages of several rules since a moment. Rules without any are left out.
pub async fn health(
    db: &mut Connection,
    rules: &[AlertRuleId],
    since: Timestamp,
) -> Result<HashMap<AlertRuleId, ActionHealth>, Error> {
    if rules.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(
        "SELECT f.rule_id,
            CAST(SUM(CASE WHEN d.state = 'sent' THEN 1 ELSE 0 END) AS BIGINT) AS sent,
            CAST(SUM(CASE WHEN d.state = 'waiting' AND d.attempts > 0 THEN 1 ELSE 0 END) AS BIGINT) AS retried,
            CAST(SUM(CASE WHEN d.state IN ('refused', 'failed') THEN 1 ELSE 0 END) AS BIGINT) AS failed
         FROM alert_firings f JOIN deliveries d ON d.notification_id = f.notification_id
         WHERE f.rule_id IN ",
    );
    sql.plain_ints(rules.iter().map(|rule| rule.0))
        .push(" AND f.received_at >= ")
        .int(since.0)
        .push(" GROUP BY f.rule_id");
    let found = sql
        .query_once()
        .list(db, |row| {
            let health = ActionHealth {
                sent: row.int("sent")?,
                retried: row.int("retried")?,
                failed: row.int("failed")?,
            };
            Ok((AlertRuleId(row.int("rule_id")?), health))
        })
        .await?;
    Ok(found.into_iter().collect())
}
