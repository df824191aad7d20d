use model::{AlertRuleId, SnoozeId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// That somebody, or nobody at all, is told by a rule for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    pub id: SnoozeId,
    pub rule: AlertRuleId,
    /// None: nobody is told.
    pub user: Option<UserId>,
    /// None: until somebody ends it.
    pub until: Option<Timestamp>,
    pub made_by: Option<UserId>,
    pub created_at: Timestamp,
}

impl Snooze {
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

fn read(row: &AnyRow) -> Result<Snooze, Error> {
    Ok(Snooze {
        id: SnoozeId(row.int("id")?),
        rule: AlertRuleId(row.int("rule_id")?),
        user: row.optional_int("user_id")?.map(UserId),
        until: row.optional_time("until_at")?,
        made_by: row.optional_int("made_by")?.map(UserId),
        created_at: row.time("created_at")?,
    })
}

/// Those of several rules that hold, that for everybody first.
pub async fn snoozes(db: &mut Connection, rules: &[AlertRuleId], now: Timestamp) -> Result<Vec<Snooze>, Error> {
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT id, rule_id, user_id, until_at, made_by, created_at FROM alert_rule_snoozes
         WHERE rule_id IN ",
    );
    sql.plain_ints(rules.iter().map(|rule| rule.0))
        .push(" AND (until_at IS NULL OR until_at > ")
        .int(now.0)
        .push(") ORDER BY rule_id, user_id NULLS FIRST");
    sql.query_once().list(db, read).await
}

/// Takes the place of the one that the same people had.
pub async fn set_snooze(db: &mut Connection, snooze: &Snooze) -> Result<(), Error> {
    delete_snooze(db, snooze.rule, snooze.user).await?;
    let sql = "INSERT INTO alert_rule_snoozes (id, rule_id, user_id, until_at, made_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(snooze.id.0)
        .bind(snooze.rule.0)
        .bind(snooze.user.map(|user| user.0))
        .bind(snooze.until.map(|until| until.0))
        .bind(snooze.made_by.map(|user| user.0))
        .bind(snooze.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// That of a user, or that for everybody. Returns `false` if there was none.
pub async fn delete_snooze(db: &mut Connection, rule: AlertRuleId, user: Option<UserId>) -> Result<bool, Error> {
    let sql = "DELETE FROM alert_rule_snoozes WHERE rule_id = $1 AND COALESCE(user_id, 0) = $2";
    let deleted = sqlx::query(sql)
        .bind(rule.0)
        .bind(user.map_or(0, |user| user.0))
        .run(db)
        .await?;
    Ok(deleted > 0)
}

pub async fn delete_expired_snoozes(db: &mut Connection, now: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM alert_rule_snoozes WHERE until_at <= $1")
        .bind(now.0)
        .run(db)
        .await?;
    Ok(())
}
