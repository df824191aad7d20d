//! From what was typed to what the index understands: projects by slug, issues by short id, the latest release.

use std::collections::{BTreeSet, HashMap};

use model::{OrganizationId, ProjectId};
use query::{
    Aggregate, Column, Condition, Dataset, Equation, EventContext, EventQuery, Expr, Field, Known, LATEST_RELEASE,
    Pattern, Test,
};
use store::{
    events::{Bindings, Scope},
    projects::Project,
};

use super::{DiscoverError, Window, window::up_to_now};
use crate::{App, access::OrganizationScope, issues::find_named, releases, storage};

/// Of how many projects the latest release is looked up.
const MOST_RELEASES: usize = 50;

/// How many hashes can be told apart by issue in one question.
const MOST_BINDINGS: usize = 200_000;

/// Which rows: all of these projects and this time that match.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    pub datasets: Vec<Dataset>,
    /// All of the organization when empty.
    pub projects: Vec<ProjectId>,
    /// Any when empty.
    pub environments: Vec<String>,
    pub window: Window,
    /// As typed.
    pub query: String,
}

/// The same, as the index is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    pub scope: Scope,
    /// Without conditions on issues: they are conditions on hashes.
    pub query: EventQuery,
    names: Names,
}

/// What names in a search stand for.
#[derive(Debug, Clone, PartialEq, Default)]
struct Names {
    projects: Vec<(ProjectId, String)>,
    /// By what was typed: where the issue is, and its hashes.
    issues: HashMap<String, (ProjectId, Vec<String>)>,
    latest_releases: Vec<String>,
}

impl About {
    /// What the fields and functions of a question mean.
    pub(super) fn context(&self, app: &App) -> EventContext {
        EventContext {
            datasets: self.datasets.clone(),
            now: app.now(),
        }
    }
}

/// Reads the search, and finds what it names. `columns` may name things as well.
pub async fn resolve(
    app: &App,
    scope: &OrganizationScope,
    about: &About,
    columns: &[Column],
) -> Result<Resolved, DiscoverError> {
    let query = query::parse_events(&about.query, &about.context(app)).map_err(DiscoverError::Query)?;
    let known = crate::projects::list(app, scope).await?;
    let projects = chosen(&known, &about.projects)?;
    let mut asked = Asked::default();
    asked.note(&query.filter);
    for having in &query.having {
        asked.note_aggregate(&having.aggregate);
    }
    for column in columns {
        asked.note_column(column);
    }
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let asked_from = about.window.start;
    let start = storage::earliest(app, scope.organization.id, &ids, &about.datasets, asked_from).await?;
    let mut scope_of_rows = Scope {
        datasets: about.datasets.clone(),
        projects: ids,
        environments: about.environments.clone(),
        start,
        end: about.window.end,
    };
    scope_of_rows.environments.sort();
    scope_of_rows.environments.dedup();
    let names = Names {
        issues: find_issues(app, scope, &asked.issues).await?,
        latest_releases: if asked.latest_release {
            latest_releases(app, &scope_of_rows.projects, &scope_of_rows.environments).await?
        } else {
            Vec::new()
        },
        projects: projects
            .into_iter()
            .map(|project| (project.id, project.slug.clone()))
            .collect(),
    };
    let having = query
        .having
        .into_iter()
        .map(|mut having| {
            having.aggregate = names.aggregate(having.aggregate)?;
            Ok(having)
        })
        .collect::<Result<_, DiscoverError>>()?;
    Ok(Resolved {
        query: EventQuery {
            filter: names.rewrite(query.filter)?,
            having,
        },
        scope: scope_of_rows,
        names,
    })
}

/// Reads a search among the events of a project that belong to issues, where it is no question of its own.
pub async fn filter(
    app: &App,
    scope: &OrganizationScope,
    project: ProjectId,
    text: &str,
) -> Result<Expr<Condition>, DiscoverError> {
    let about = About {
        datasets: Dataset::ALL
            .into_iter()
            .filter(|dataset| dataset.has_issues())
            .collect(),
        projects: vec![project],
        environments: Vec::new(),
        window: up_to_now(app, Window::DEFAULT)?,
        query: text.to_owned(),
    };
    let resolved = resolve(app, scope, &about, &[]).await?;
    match resolved.query.having.first() {
        Some(having) => Err(DiscoverError::NoGroups(having.to_string())),
        None => Ok(resolved.query.filter),
    }
}

impl Resolved {
    /// The columns with their conditions as the index understands them.
    pub(crate) fn columns(&self, columns: Vec<Column>) -> Result<Vec<Column>, DiscoverError> {
        columns.into_iter().map(|column| self.names.column(column)).collect()
    }

    /// The issues of hashes, if one of the columns, or what must hold for a group, is about issues.
    pub(crate) async fn bindings(
        &self,
        app: &App,
        organization: OrganizationId,
        columns: &[Column],
    ) -> Result<Option<Bindings>, DiscoverError> {
        let about_issues = columns.iter().any(column_has_issue)
            || self
                .query
                .having
                .iter()
                .any(|having| aggregate_has_issue(&having.aggregate));
        if !about_issues {
            return Ok(None);
        }
        let mut db = app.store.read().await?;
        let rows = store::issues::bindings(&mut db, organization, &self.scope.projects, MOST_BINDINGS + 1).await?;
        if rows.len() > MOST_BINDINGS {
            return Err(DiscoverError::TooManyIssues(MOST_BINDINGS));
        }
        Ok(Some(rows.into_iter().collect()))
    }
}

/// The projects that are asked about, each once, by id.
fn chosen<'a>(known: &'a [Project], asked: &[ProjectId]) -> Result<Vec<&'a Project>, DiscoverError> {
    if let Some(absent) = asked.iter().find(|id| known.iter().all(|project| project.id != **id)) {
        return Err(DiscoverError::NoProject(absent.to_string()));
    }
    let mut chosen: Vec<&Project> = known
        .iter()
        .filter(|project| asked.is_empty() || asked.contains(&project.id))
        .collect();
    chosen.sort_by_key(|project| project.id);
    Ok(chosen)
}

/// What has to be looked up.
#[derive(Debug, Default)]
struct Asked {
    issues: BTreeSet<String>,
    latest_release: bool,
}

impl Asked {
    fn note(&mut self, filter: &Expr<Condition>) {
        for condition in filter.terms() {
            let Condition::Field {
                field: Field::Known(field),
                test: Test::Any(patterns),
            } = condition
            else {
                continue;
            };
            match field {
                Known::Issue => self.issues.extend(patterns.iter().filter_map(exact).map(str::to_owned)),
                Known::Release => {
                    self.latest_release |= patterns.iter().filter_map(exact).any(|text| text == LATEST_RELEASE);
                }
                _ => {}
            }
        }
    }

    fn note_aggregate(&mut self, aggregate: &Aggregate) {
        if let Aggregate::CountIf(filter) = aggregate {
            self.note(filter);
        }
    }

    fn note_column(&mut self, column: &Column) {
        match column {
            Column::Field(_) => {}
            Column::Aggregate(aggregate) => self.note_aggregate(aggregate),
            Column::Equation(equation) => self.note_equation(equation),
        }
    }

    fn note_equation(&mut self, equation: &Equation) {
        match equation {
            Equation::Number(_) | Equation::Field(_) => {}
            Equation::Aggregate(aggregate) => self.note_aggregate(aggregate),
            Equation::Calculation(left, _, right) => {
                self.note_equation(left);
                self.note_equation(right);
            }
        }
    }
}

fn exact(pattern: &Pattern) -> Option<&str> {
    match pattern {
        Pattern::Exact(text) => Some(text),
        Pattern::Wildcard(_) => None,
    }
}

async fn find_issues(
    app: &App,
    scope: &OrganizationScope,
    names: &BTreeSet<String>,
) -> Result<HashMap<String, (ProjectId, Vec<String>)>, DiscoverError> {
    let mut found = HashMap::new();
    if names.is_empty() {
        return Ok(found);
    }
    let organization = scope.organization.id;
    let mut db = app.store.read().await?;
    for name in names {
        let issue = find_named(&mut db, organization, name).await?;
        let issue = issue.filter(|issue| scope.visible.has(issue.project));
        let issue = issue.ok_or_else(|| DiscoverError::NoIssue(name.clone()))?;
        let hashes = store::issues::hashes(&mut db, issue.project, issue.id).await?;
        found.insert(name.clone(), (issue.project, hashes));
    }
    Ok(found)
}

/// Of each project the latest release; of those that events named in these environments, where there are some.
pub(crate) async fn latest_releases(
    app: &App,
    projects: &[ProjectId],
    environments: &[String],
) -> Result<Vec<String>, DiscoverError> {
    if projects.len() > MOST_RELEASES {
        return Err(DiscoverError::TooManyProjects(MOST_RELEASES));
    }
    let mut db = app.store.read().await?;
    let mut latest = BTreeSet::new();
    for project in projects {
        latest.extend(releases::latest(&mut db, *project, environments).await?);
    }
    Ok(latest.into_iter().collect())
}

impl Names {
    fn column(&self, column: Column) -> Result<Column, DiscoverError> {
        Ok(match column {
            Column::Field(field) => Column::Field(field),
            Column::Aggregate(aggregate) => Column::Aggregate(self.aggregate(aggregate)?),
            Column::Equation(equation) => Column::Equation(self.equation(equation)?),
        })
    }

    fn aggregate(&self, aggregate: Aggregate) -> Result<Aggregate, DiscoverError> {
        Ok(match aggregate {
            Aggregate::CountIf(filter) => Aggregate::CountIf(Box::new(self.rewrite(*filter)?)),
            other => other,
        })
    }

    fn equation(&self, equation: Equation) -> Result<Equation, DiscoverError> {
        Ok(match equation {
            Equation::Aggregate(aggregate) => Equation::Aggregate(self.aggregate(aggregate)?),
            Equation::Calculation(left, operator, right) => Equation::Calculation(
                Box::new(self.equation(*left)?),
                operator,
                Box::new(self.equation(*right)?),
            ),
            other => other,
        })
    }

    fn rewrite(&self, filter: Expr<Condition>) -> Result<Expr<Condition>, DiscoverError> {
        filter.try_map(&mut |condition| self.rewrite_condition(condition))
    }

    fn rewrite_condition(&self, condition: Condition) -> Result<Expr<Condition>, DiscoverError> {
        let Condition::Field {
            field: Field::Known(known),
            test,
        } = condition
        else {
            return Ok(Expr::Term(condition));
        };
        match (known, test) {
            (Known::Project, Test::Any(patterns)) => self.projects(&patterns),
            (Known::Issue, Test::Any(patterns)) => Ok(self.issues(&patterns)),
            // Whatever has a hash belongs to an issue, or belonged to one.
            (Known::Issue, Test::Present) => Ok(field(Known::Hash, Test::Present)),
            (Known::Release, Test::Any(patterns)) => Ok(self.releases(patterns)),
            (known, test) => Ok(field(known, test)),
        }
    }

    fn projects(&self, patterns: &[Pattern]) -> Result<Expr<Condition>, DiscoverError> {
        let mut ids = BTreeSet::new();
        for pattern in patterns {
            let named = |(id, slug): &&(ProjectId, String)| {
                pattern.matches(slug) || exact(pattern).is_some_and(|text| text == id.to_string())
            };
            let before = ids.len();
            ids.extend(self.projects.iter().filter(named).map(|(id, _)| *id));
            if let (true, Some(text)) = (ids.len() == before, exact(pattern)) {
                // One that was named twice is no mistake.
                let known = self
                    .projects
                    .iter()
                    .any(|(id, slug)| slug == text || id.to_string() == text);
                if !known {
                    return Err(DiscoverError::NoProject(text.to_owned()));
                }
            }
        }
        Ok(any_of(Known::Project, ids.into_iter().map(|id| id.to_string())))
    }

    fn issues(&self, patterns: &[Pattern]) -> Expr<Condition> {
        let issue = |pattern: &Pattern| {
            let (project, hashes) = self.issues.get(exact(pattern)?)?;
            Some(Expr::and(vec![
                any_of(Known::Project, [project.to_string()]),
                any_of(Known::Hash, hashes.iter().cloned()),
            ]))
        };
        either(patterns.iter().filter_map(issue).collect())
    }

    fn releases(&self, patterns: Vec<Pattern>) -> Expr<Condition> {
        let (latest, mut others): (Vec<Pattern>, Vec<Pattern>) = patterns
            .into_iter()
            .partition(|pattern| exact(pattern) == Some(LATEST_RELEASE));
        if !latest.is_empty() {
            others.extend(self.latest_releases.iter().cloned().map(Pattern::Exact));
        }
        if others.is_empty() {
            return nothing();
        }
        field(Known::Release, Test::Any(others))
    }
}

fn field(known: Known, test: Test) -> Expr<Condition> {
    Expr::Term(Condition::Field {
        field: Field::Known(known),
        test,
    })
}

fn any_of(known: Known, texts: impl IntoIterator<Item = String>) -> Expr<Condition> {
    let patterns: Vec<Pattern> = texts.into_iter().map(Pattern::Exact).collect();
    if patterns.is_empty() {
        return nothing();
    }
    field(known, Test::Any(patterns))
}

fn either(terms: Vec<Expr<Condition>>) -> Expr<Condition> {
    if terms.is_empty() { nothing() } else { Expr::or(terms) }
}

/// What no row matches.
fn nothing() -> Expr<Condition> {
    Expr::Not(Box::new(Expr::all()))
}

const ISSUE: Field = Field::Known(Known::Issue);

fn column_has_issue(column: &Column) -> bool {
    match column {
        Column::Field(field) => *field == ISSUE,
        Column::Aggregate(aggregate) => aggregate_has_issue(aggregate),
        Column::Equation(equation) => equation_has_issue(equation),
    }
}

fn aggregate_has_issue(aggregate: &Aggregate) -> bool {
    matches!(
        aggregate,
        Aggregate::CountUnique(field) | Aggregate::Any(field) | Aggregate::Min(field) | Aggregate::Max(field)
            if *field == ISSUE
    )
}

fn equation_has_issue(equation: &Equation) -> bool {
    match equation {
        Equation::Number(_) => false,
        Equation::Field(field) => *field == ISSUE,
        Equation::Aggregate(aggregate) => aggregate_has_issue(aggregate),
        Equation::Calculation(left, _, right) => equation_has_issue(left) || equation_has_issue(right),
    }
}
