//! Mail templates that could not be used.

use model::{AlertRuleId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateProblem {
    pub project: ProjectId,
    /// `None`: the template of the project.
    pub rule: Option<AlertRuleId>,
    /// `subject` or `body`.
    pub part: String,
    pub message: String,
    pub last_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<TemplateProblem, Error> {
    let rule = row.int("rule_id")?;
    Ok(TemplateProblem {
        project: ProjectId(row.int("project_id")?),
        rule: (rule != 0).then_some(AlertRuleId(rule)),
        part: row.text("part")?,
        message: row.text("message")?,
        last_at: row.time("last_at")?,
    })
}

/// Notes that a template failed; the newest failure of each part is kept.
pub async fn set_problem(db: &mut Connection, problem: &TemplateProblem) -> Result<(), Error> {
    let sql = "INSERT INTO mail_template_problems (project_id, rule_id, part, message, last_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (project_id, rule_id, part) DO UPDATE SET message = $4, last_at = $5";
    sqlx::query(sql)
        .bind(problem.project.0)
        .bind(problem.rule.map_or(0, |rule| rule.0))
        .bind(&problem.part)
        .bind(clean(&problem.message))
        .bind(problem.last_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Those of a project and its rules, the newest first.
pub async fn problems(db: &mut Connection, project: ProjectId) -> Result<Vec<TemplateProblem>, Error> {
    let sql = "SELECT project_id, rule_id, part, message, last_at FROM mail_template_problems WHERE project_id = $1
        ORDER BY last_at DESC, rule_id, part LIMIT 100";
    sqlx::query(sql).bind(project.0).list(db, read).await
}

/// Forgets the problems of a template: it was changed.
pub async fn clear_problems(db: &mut Connection, project: ProjectId, rule: Option<AlertRuleId>) -> Result<(), Error> {
    sqlx::query("DELETE FROM mail_template_problems WHERE project_id = $1 AND rule_id = $2")
        .bind(project.0)
        .bind(rule.map_or(0, |rule| rule.0))
        .run(db)
        .await?;
    Ok(())
}
