//! `is:unresolved` in the search of a rule. The index knows hashes, not issues: those whose issues have another status are
//! left out.

use std::collections::HashMap;

use model::{IssueStatus, ProjectId};
use query::{Column, Condition, Direction, EventQuery, Expr, Field, Known, OrderBy, Pattern, Test};
use store::events::{Cell, Scope, TableQuestion};

use super::source::{SourceError, term};
use crate::{
    App,
    access::OrganizationScope,
    discover::{self, DiscoverError},
};

/// How many hashes of a window are told apart, those with most events first. Events of further ones count, whatever the
/// status of their issues.
const MOST_HASHES: usize = 10_000;

/// Which statuses count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statuses(Vec<IssueStatus>);

const NAMES: [(&str, IssueStatus); 4] = [
    ("unresolved", IssueStatus::Unresolved),
    ("resolved", IssueStatus::Resolved),
    ("archived", IssueStatus::Ignored),
    ("ignored", IssueStatus::Ignored),
];

const EVERY: [IssueStatus; 3] = [IssueStatus::Unresolved, IssueStatus::Resolved, IssueStatus::Ignored];

impl Statuses {
    /// Takes what is said of statuses out of a search.
    pub(super) fn taken_from(search: &str) -> Result<(String, Option<Self>), SourceError> {
        let mut rest = String::new();
        let mut kept: Option<Vec<IssueStatus>> = None;
        for word in words(search) {
            let (negated, said) = match word.trim().strip_prefix('!') {
                Some(said) => (true, said),
                None => (false, word.trim()),
            };
            let Some(name) = said.strip_prefix("is:") else {
                rest.push_str(word);
                continue;
            };
            let named = NAMES.iter().find(|(known, _)| *known == name);
            let (_, status) = named.ok_or(SourceError::Status("is: knows unresolved, resolved and archived here"))?;
            let before = kept.unwrap_or_else(|| EVERY.to_vec());
            kept = Some(before.into_iter().filter(|of| (of == status) != negated).collect());
        }
        let is_split = rest
            .split_whitespace()
            .any(|word| word == "OR" || word.starts_with('('));
        match kept {
            // Taken out of the middle of alternatives it would mean something else.
            Some(_) if is_split => Err(SourceError::Status("is: cannot stand beside OR and parentheses here")),
            kept => Ok((rest.trim().to_owned(), kept.map(Self))),
        }
    }

    fn counts(&self, status: IssueStatus) -> bool {
        self.0.contains(&status)
    }

    /// What leaves out the hashes whose issues do not count, among the rows that a question is about.
    pub(super) async fn condition(
        &self,
        app: &App,
        scope: &OrganizationScope,
        rows: &Scope,
        filter: &Expr<Condition>,
    ) -> Result<Option<Expr<Condition>>, DiscoverError> {
        let mut left_out = Vec::new();
        for (project, hashes) in hashes(app, scope, rows, filter).await? {
            let mut db = app.store.read().await?;
            let statuses = store::issues::statuses_of_hashes(&mut db, project, &hashes).await?;
            let others: Vec<Pattern> = statuses
                .into_iter()
                .filter(|(_, status)| !self.counts(*status))
                .map(|(hash, _)| Pattern::Exact(hash))
                .collect();
            if !others.is_empty() {
                left_out.push(Expr::and(vec![
                    term(Known::Project, Test::Any(vec![Pattern::Exact(project.to_string())])),
                    term(Known::Hash, Test::Any(others)),
                ]));
            }
        }
        Ok((!left_out.is_empty()).then(|| Expr::or(left_out).negate()))
    }
}

/// Words with the space behind them, what stands in quotes in one piece.
fn words(search: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted, mut in_space) = (Vec::new(), 0, false, false);
    for (at, c) in search.char_indices() {
        if in_space && !c.is_whitespace() {
            words.push(&search[start..at]);
            start = at;
        }
        quoted ^= c == '"';
        in_space = c.is_whitespace() && !quoted;
    }
    words.push(&search[start..]);
    words
}

/// The hashes of the rows, those with most rows first.
async fn hashes(
    app: &App,
    scope: &OrganizationScope,
    rows: &Scope,
    filter: &Expr<Condition>,
) -> Result<HashMap<ProjectId, Vec<String>>, DiscoverError> {
    let question = TableQuestion {
        columns: vec![
            Column::Field(Field::Known(Known::Project)),
            Column::Field(Field::Known(Known::Hash)),
            Column::Aggregate(query::Aggregate::Count),
        ],
        query: EventQuery {
            filter: filter.clone(),
            having: Vec::new(),
        },
        order: vec![OrderBy {
            column: 2,
            direction: Direction::Descending,
        }],
        limit: MOST_HASHES,
        offset: 0,
        bindings: None,
    };
    let rows = rows.clone();
    let table = discover::ask(app, scope.organization.id, move |index, limits| {
        index.table(&rows, &question, limits)
    })
    .await?;
    let mut found: HashMap<ProjectId, Vec<String>> = HashMap::new();
    for row in table.rows {
        if let [Cell::Project(project), Cell::Text(hash), ..] = row.as_slice() {
            found.entry(*project).or_default().push(hash.clone());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_taken_out_of_a_search() {
        use IssueStatus::{Ignored, Resolved, Unresolved};
        let check = |search: &str, rest: &str, statuses: Option<&[IssueStatus]>| {
            let (found, kept) = Statuses::taken_from(search).unwrap();
            assert_eq!(found, rest, "{search}");
            assert_eq!(kept.map(|kept| kept.0), statuses.map(<[_]>::to_vec), "{search}");
        };
        check("", "", None);
        check("is:unresolved", "", Some(&[Unresolved]));
        check(
            "level:error  is:unresolved a:b",
            "level:error  a:b",
            Some(&[Unresolved]),
        );
        check("!is:resolved x", "x", Some(&[Unresolved, Ignored]));
        check("is:archived is:resolved", "", Some(&[]));
        check("is:ignored", "", Some(&[Ignored]));
        check("!is:unresolved", "", Some(&[Resolved, Ignored]));
        check(
            "message:\"it is:unresolved here\"",
            "message:\"it is:unresolved here\"",
            None,
        );
        check("a OR b", "a OR b", None);
        for bad in [
            "is:new",
            "is:",
            "a OR is:unresolved",
            "(a is:unresolved)",
            "is:unresolved (a OR b)",
        ] {
            let taken = Statuses::taken_from(bad);
            // In parentheses it stays where it is, and the search refuses it.
            assert!(
                taken.is_err() || taken.is_ok_and(|(rest, _)| rest.contains("is:")),
                "{bad}"
            );
        }
    }
}
