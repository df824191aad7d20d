//! What a search asks of an issue, as SQL.
//!
//! Every test is true or false, never NULL: NOT of NULL is NULL, so issues would be missing from a negated search.

use model::{IssueId, UserId};
use query::{Assignee, Comparison, Expr, FreeText, IssueCondition, Pattern};

use crate::sql::{Sql, like};

/// One thing that an issue is tested for.
#[derive(Debug, Clone, PartialEq)]
pub enum IssueTest {
    /// Short ids in it were replaced by numbers, and `latest` by releases.
    Condition(IssueCondition),
    /// Title, culprit or message hold it.
    Text(FreeText),
    /// It is one of these.
    OneOf(Vec<IssueId>),
}

pub(super) fn push_tests(sql: &mut Sql, tests: &Expr<IssueTest>, viewer: UserId) {
    match tests {
        Expr::And(parts) if parts.is_empty() => {
            sql.push("1 = 1");
        }
        Expr::And(parts) => push_all(sql, parts, " AND ", viewer),
        Expr::Or(parts) => push_all(sql, parts, " OR ", viewer),
        Expr::Not(part) => {
            sql.push("NOT (");
            push_tests(sql, part, viewer);
            sql.push(")");
        }
        Expr::Term(IssueTest::Condition(condition)) => push_condition(sql, condition, viewer),
        Expr::Term(IssueTest::Text(text)) => push_text(sql, text),
        Expr::Term(IssueTest::OneOf(ids)) => {
            sql.push("i.id IN ").plain_ints(ids.iter().map(|id| id.0));
        }
    }
}

fn push_all(sql: &mut Sql, parts: &[Expr<IssueTest>], between: &str, viewer: UserId) {
    either(sql, between, parts, |sql, part| push_tests(sql, part, viewer));
}

/// `(a OR b)`; of nothing it is false.
fn either<T>(sql: &mut Sql, between: &str, parts: &[T], mut push: impl FnMut(&mut Sql, &T)) {
    if parts.is_empty() {
        sql.push("1 = 0");
        return;
    }
    for (index, part) in parts.iter().enumerate() {
        sql.push(if index == 0 { "(" } else { between });
        push(sql, part);
    }
    sql.push(")");
}

/// What Sentry calls the type of an issue; all but feedback are errors so far.
const CATEGORY: &str = "CASE WHEN i.event_type = 'feedback' THEN 'feedback' ELSE 'error' END";

fn push_condition(sql: &mut Sql, condition: &IssueCondition, viewer: UserId) {
    match condition {
        IssueCondition::Status(status) => {
            sql.push("i.status = ").int(status.number());
        }
        // What is resolved has none.
        IssueCondition::Substatus(substatus) => {
            sql.push("(i.status <> ").int(model::IssueStatus::Resolved.number());
            sql.push(" AND i.substatus = ").int(substatus.number()).push(")");
        }
        IssueCondition::Assigned => {
            sql.push("(i.assignee_id IS NOT NULL OR i.assignee_team_id IS NOT NULL)");
        }
        IssueCondition::AssignedTo(assignees) => {
            either(sql, " OR ", assignees, |sql, assignee| {
                push_assignee(sql, assignee, viewer);
            });
        }
        IssueCondition::AssignedOrSuggested(assignees) => {
            either(sql, " OR ", assignees, |sql, assignee| {
                push_assignee(sql, assignee, viewer);
                push_suggested(sql, assignee, viewer);
            });
        }
        IssueCondition::ForReview(since) => {
            // Without a reason there is no time; SQL would take that for neither yes nor no.
            sql.push("(COALESCE(i.review_since, 0) > ")
                .int(since.0)
                .push(" AND i.review_reason IS NOT NULL AND i.status = ")
                .int(model::IssueStatus::Unresolved.number())
                .push(")");
        }
        IssueCondition::Linked => {
            sql.push("EXISTS (SELECT 1 FROM issue_links l WHERE l.issue_id = i.id)");
        }
        IssueCondition::Bookmarked(users) => either(sql, " OR ", users, |sql, user| {
            sql.push("EXISTS (SELECT 1 FROM issue_bookmarks b WHERE b.issue_id = i.id AND ");
            push_user(sql, "b.user_id", user, viewer);
            sql.push(")");
        }),
        IssueCondition::Subscribed(users) => either(sql, " OR ", users, |sql, user| {
            push_subscribed(sql, user, viewer);
        }),
        IssueCondition::Level(levels) => {
            sql.push("i.level IN ").ints(levels.iter().map(|level| level.number()));
        }
        IssueCondition::Priority(priorities) => {
            sql.push("i.priority IN ")
                .ints(priorities.iter().map(|priority| priority.number()));
        }
        IssueCondition::Type(patterns) | IssueCondition::Category(patterns) => push_patterns(sql, CATEGORY, patterns),
        IssueCondition::Name(names) => {
            let ids = names.iter().filter_map(|name| name.parse::<i64>().ok());
            sql.push("i.id IN ").ints(ids);
        }
        IssueCondition::Project(patterns) => either(sql, " OR ", patterns, |sql, pattern| {
            push_patterns(sql, "p.slug", std::slice::from_ref(pattern));
            if let Pattern::Exact(text) = pattern
                && let Ok(id) = text.parse::<i64>()
            {
                sql.push(" OR p.id = ").int(id);
            }
        }),
        IssueCondition::FirstSeen(comparison, time) => push_number(sql, "i.first_seen", *comparison, time.0),
        IssueCondition::LastSeen(comparison, time) => push_number(sql, "i.last_seen", *comparison, time.0),
        IssueCondition::TimesSeen(comparison, count) => push_count(sql, "i.times_seen", *comparison, *count),
        IssueCondition::UsersSeen(comparison, count) => push_count(sql, "i.users_seen", *comparison, *count),
        IssueCondition::FirstRelease(patterns) => push_patterns(sql, "COALESCE(i.first_release, '')", patterns),
        IssueCondition::HasFirstRelease => {
            sql.push("COALESCE(i.first_release, '') <> ''");
        }
    }
}

fn push_assignee(sql: &mut Sql, assignee: &Assignee, viewer: UserId) {
    match assignee {
        Assignee::Nobody => {
            sql.push("(i.assignee_id IS NULL AND i.assignee_team_id IS NULL)");
        }
        Assignee::Me | Assignee::User(_) => push_user(sql, "COALESCE(i.assignee_id, 0)", assignee, viewer),
        Assignee::MyTeams | Assignee::Team(_) => push_team(sql, "COALESCE(i.assignee_team_id, 0)", assignee, viewer),
    }
}

/// Whether a column holds a user; no team is one.
fn push_user(sql: &mut Sql, column: &str, user: &Assignee, viewer: UserId) {
    match user {
        Assignee::Me => {
            sql.push(&format!("{column} = ")).int(viewer.0);
        }
        Assignee::User(name) => {
            let name = name.to_lowercase();
            sql.push(&format!(
                "EXISTS (SELECT 1 FROM users u WHERE u.id = {column} AND (u.email = "
            ))
            .text(&name);
            sql.push(" OR LOWER(u.name) = ").text(&name).push("))");
        }
        Assignee::MyTeams | Assignee::Nobody | Assignee::Team(_) => {
            sql.push("1 = 0");
        }
    }
}

/// Whether a column holds a team; no user is one.
fn push_team(sql: &mut Sql, column: &str, team: &Assignee, viewer: UserId) {
    match team {
        Assignee::MyTeams => {
            sql.push(&format!(
                "{column} IN (SELECT tm.team_id FROM team_members tm WHERE tm.user_id = "
            ))
            .int(viewer.0)
            .push(")");
        }
        Assignee::Team(slug) => {
            sql.push(&format!(
                "EXISTS (SELECT 1 FROM teams t WHERE t.id = {column} AND t.slug = "
            ))
            .text(&slug.to_lowercase())
            .push(")");
        }
        Assignee::Me | Assignee::Nobody | Assignee::User(_) => {
            sql.push("1 = 0");
        }
    }
}

/// Whoever rules name is suggested as long as nobody is assigned.
fn push_suggested(sql: &mut Sql, owner: &Assignee, viewer: UserId) {
    if *owner == Assignee::Nobody {
        return;
    }
    sql.push(
        " OR (i.assignee_id IS NULL AND i.assignee_team_id IS NULL
          AND EXISTS (SELECT 1 FROM issue_owners o WHERE o.issue_id = i.id AND (",
    );
    push_user(sql, "COALESCE(o.user_id, 0)", owner, viewer);
    sql.push(" OR ");
    push_team(sql, "COALESCE(o.team_id, 0)", owner, viewer);
    sql.push(")))");
}

/// What somebody decided on himself counts before what his teams are told.
fn push_subscribed(sql: &mut Sql, user: &Assignee, viewer: UserId) {
    sql.push("(EXISTS (SELECT 1 FROM issue_subscriptions s WHERE s.issue_id = i.id AND s.is_active = 1 AND ");
    push_user(sql, "s.user_id", user, viewer);
    sql.push(
        ") OR (EXISTS (SELECT 1 FROM issue_team_subscriptions ts JOIN team_members tm ON tm.team_id = ts.team_id
          WHERE ts.issue_id = i.id AND ts.is_active = 1 AND ",
    );
    push_user(sql, "tm.user_id", user, viewer);
    sql.push(") AND NOT EXISTS (SELECT 1 FROM issue_subscriptions s WHERE s.issue_id = i.id AND s.is_active = 0 AND ");
    push_user(sql, "s.user_id", user, viewer);
    sql.push(")))");
}

fn push_number(sql: &mut Sql, column: &str, comparison: Comparison, value: i64) {
    let sign = match comparison {
        Comparison::NotEqual => "<>",
        other => other.sign(),
    };
    sql.push(&format!("{column} {sign} ")).int(value);
}

/// Counts are whole: what lies between two of them is moved to the one that gives the same answer.
fn push_count(sql: &mut Sql, column: &str, comparison: Comparison, value: f64) {
    let whole = value.floor();
    // Casts saturate, and no count is that large.
    let (comparison, whole) = match comparison {
        _ if whole == value => (comparison, whole as i64),
        Comparison::Less | Comparison::LessOrEqual => (Comparison::LessOrEqual, whole as i64),
        Comparison::Greater | Comparison::GreaterOrEqual => (Comparison::Greater, whole as i64),
        Comparison::Equal | Comparison::NotEqual => (comparison, -1),
    };
    push_number(sql, column, comparison, whole);
}

fn push_patterns(sql: &mut Sql, column: &str, patterns: &[Pattern]) {
    either(sql, " OR ", patterns, |sql, pattern| match pattern {
        Pattern::Exact(text) => {
            sql.push(&format!("{column} = ")).text(text);
        }
        Pattern::Wildcard(parts) => {
            sql.push(&format!("LOWER({column}) LIKE "))
                .text(&parts.iter().map(|part| literal(part)).collect::<Vec<_>>().join("%"))
                .push(" ESCAPE '\\'");
        }
    });
}

/// In a LIKE pattern, a text that stands for itself, also where it has an asterisk.
fn literal(text: &str) -> String {
    text.split('*').map(like).collect::<Vec<_>>().join("*")
}

/// Each word, or the phrase, in any of the texts; `*` stands for anything.
fn push_text(sql: &mut Sql, text: &FreeText) {
    let parts: Vec<&str> = match text {
        FreeText::Words(words) => words.split_whitespace().collect(),
        FreeText::Phrase(phrase) => vec![phrase],
    };
    either(sql, " AND ", &parts, |sql, part| {
        let pattern = format!("%{}%", like(part));
        for (index, column) in ["i.search_text", "i.title", "i.culprit"].into_iter().enumerate() {
            sql.push(if index == 0 { "(" } else { " OR " });
            sql.push(&format!("LOWER({column}) LIKE "));
            sql.text(&pattern).push(" ESCAPE '\\'");
        }
        sql.push(")");
    });
}
