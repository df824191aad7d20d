//! What was told, and is to be told, about an issue that became part of another one.

use model::IssueId;

use crate::{Connection, Error, row::Fetch as _};

/// Tables whose rows have ids, which tell in which order they are moved.
const BY_ID: &[(&str, &str)] = &[
    ("notifications", "id"),
    ("deliveries", "id"),
    ("alert_firings", "id"),
    ("false_alarms", "firing_id"),
];

/// Gives at most about `limit` of these rows to the other issue: what waits is told there, and the ledger goes on there.
/// Returns `false` when none are left.
pub(super) async fn move_told(db: &mut Connection, from: IssueId, to: IssueId, limit: i64) -> Result<bool, Error> {
    for (table, id) in BY_ID {
        let sql = sqlx::AssertSqlSafe(format!(
            "UPDATE {table} SET issue_id = $2
            WHERE {id} IN (SELECT {id} FROM {table} WHERE issue_id = $1 ORDER BY {id} LIMIT $3)"
        ));
        let moved = sqlx::query(sql).bind(from.0).bind(to.0).bind(limit).run(db).await?;
        if moved > 0 {
            return Ok(true);
        }
    }
    // Where both have a row of one hour and reason, that of the other issue stands.
    let evaluations = "UPDATE alert_evaluations SET issue_id = $2 WHERE issue_id = $1 AND NOT EXISTS (
        SELECT 1 FROM alert_evaluations o WHERE o.issue_id = $2 AND o.rule_id = alert_evaluations.rule_id
            AND o.hour = alert_evaluations.hour AND o.reason = alert_evaluations.reason
            AND o.detail = alert_evaluations.detail)";
    sqlx::query(evaluations).bind(from.0).bind(to.0).run(db).await?;
    Ok(false)
}
