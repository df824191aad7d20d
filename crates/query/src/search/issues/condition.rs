//! What is asked of an issue itself.

use std::time::Duration;

use model::{IssueStatus, Level, Priority, Substatus, Timestamp};

use crate::{
    Comparison, Expr, Known, Pattern,
    error::{ParseError, Span, nearest},
    search::{
        key::Key,
        literal,
        meaning::{pattern, time_bounds},
        token::{Filter, Piece},
    },
};

/// For so long somebody should look at an issue; then it is forgotten.
const FOR_REVIEW: Duration = Duration::from_secs(7 * 24 * 3_600);

#[derive(Debug, Clone, PartialEq)]
pub enum IssueCondition {
    /// `is:resolved`
    Status(IssueStatus),
    /// `is:regressed`
    Substatus(Substatus),
    /// `is:assigned`; `is:unassigned` is the opposite.
    Assigned,
    /// `assigned:me`: one of these.
    AssignedTo(Vec<Assignee>),
    /// `assigned_or_suggested:me`: assigned to one of these, or to nobody while rules name one of these.
    AssignedOrSuggested(Vec<Assignee>),
    /// `is:for_review`: somebody should look at it, and this came up later than that.
    ForReview(Timestamp),
    /// `is:linked`: another system keeps something on it.
    Linked,
    /// `bookmarks:me`: one of these has marked it.
    Bookmarked(Vec<Assignee>),
    /// `subscribed:me`: one of these is told about it.
    Subscribed(Vec<Assignee>),
    /// `level:error`: one of these.
    Level(Vec<Level>),
    /// `issue.priority:high`: one of these.
    Priority(Vec<Priority>),
    /// `issue.type:error`: one of these.
    Type(Vec<Pattern>),
    /// `issue.category:error`: one of these.
    Category(Vec<Pattern>),
    /// `issue:WEB-1A`, `issue.id:123`: one of these short ids or numbers.
    Name(Vec<String>),
    /// `project:web`, `project.id:2`: one of these slugs or numbers.
    Project(Vec<Pattern>),
    FirstSeen(Comparison, Timestamp),
    LastSeen(Comparison, Timestamp),
    TimesSeen(Comparison, f64),
    UsersSeen(Comparison, f64),
    /// `first_release:1.0`: one of these; also `LATEST_RELEASE`.
    FirstRelease(Vec<Pattern>),
    /// `has:first_release`: some event named a release.
    HasFirstRelease,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    Me,
    /// `my_teams`: the teams of the asker.
    MyTeams,
    Nobody,
    /// E-mail or name, as typed.
    User(String),
    /// `#slug`, without the `#`.
    Team(String),
}

type Conditions = Expr<IssueCondition>;

/// The condition of the issue that a filter is; `None` for what events are asked.
pub(crate) fn issue_condition(filter: &Filter, now: Timestamp) -> Result<Option<Conditions>, ParseError> {
    let Key::Plain(name) = &filter.key else { return Ok(None) };
    let conditions = match name.as_str() {
        "is" => any(filter, |value, name| is(value, name, now)),
        "status" => any(filter, |value, name| {
            choice(value, name, "status", &STATUSES)
                .map(IssueCondition::Status)
                .map(Expr::Term)
        }),
        "substatus" => any(filter, |value, name| {
            choice(value, name, "substatus", &SUBSTATUSES)
                .map(IssueCondition::Substatus)
                .map(Expr::Term)
        }),
        "assigned" | "assignee" => one_of(filter, |_, name| Ok(assignee(name)), IssueCondition::AssignedTo),
        "assigned_or_suggested" => one_of(
            filter,
            |_, name| Ok(assignee(name)),
            IssueCondition::AssignedOrSuggested,
        ),
        "bookmarks" => one_of(filter, person, IssueCondition::Bookmarked),
        "subscribed" => one_of(filter, person, IssueCondition::Subscribed),
        "level" => one_of(
            filter,
            |value, name| choice(value, name, "level", &LEVELS),
            IssueCondition::Level,
        ),
        "issue.priority" => one_of(
            filter,
            |value, name| choice(value, name, "issue.priority", &PRIORITIES),
            IssueCondition::Priority,
        ),
        "issue.type" => patterns(filter, IssueCondition::Type, None),
        "issue.category" => patterns(filter, IssueCondition::Category, None),
        "issue" | "issue.id" => one_of(filter, |_, name| Ok(name.to_owned()), IssueCondition::Name),
        "first_release" | "firstRelease" | "first-release" => patterns(
            filter,
            IssueCondition::FirstRelease,
            Some(IssueCondition::HasFirstRelease),
        ),
        "first_seen" | "firstSeen" | "age" => time(filter, now, IssueCondition::FirstSeen),
        "last_seen" | "lastSeen" => time(filter, now, IssueCondition::LastSeen),
        "times_seen" | "timesSeen" => count(filter, IssueCondition::TimesSeen),
        "users_seen" | "usersSeen" => count(filter, IssueCondition::UsersSeen),
        "has" => return Ok(has(filter)),
        _ if Known::from_name(name) == Some(Known::Project) => patterns(filter, IssueCondition::Project, None),
        _ => return Ok(None),
    };
    conditions.map(Some)
}

/// Whether the filter is written with `!=`; nothing here is more or less than another.
fn inverted(filter: &Filter) -> Result<bool, ParseError> {
    match filter.comparison {
        None | Some(Comparison::Equal) => Ok(false),
        Some(Comparison::NotEqual) => Ok(true),
        Some(sign) => {
            let span = Span::new(filter.value_span.start, filter.value_span.start + sign.sign().len());
            let message = format!(
                "{} cannot be used here: write the value right behind the colon",
                sign.sign()
            );
            Err(ParseError::new(span, message))
        }
    }
}

fn inverted_if(inverted: bool, conditions: Conditions) -> Conditions {
    if inverted { conditions.negate() } else { conditions }
}

/// A value that is no pattern.
fn word(value: &Piece) -> Result<&str, ParseError> {
    match value.plain() {
        Some(word) if !word.is_empty() => Ok(word),
        _ => Err(ParseError::new(value.span, "this key takes whole words, without *")),
    }
}

/// One of the values, each of which is a condition of its own.
fn any(
    filter: &Filter,
    mut read: impl FnMut(&Piece, &str) -> Result<Conditions, ParseError>,
) -> Result<Conditions, ParseError> {
    let inverted = inverted(filter)?;
    let all = filter.values.iter().map(|value| read(value, word(value)?));
    Ok(inverted_if(inverted, Expr::or(all.collect::<Result<_, _>>()?)))
}

/// One condition for all values.
fn one_of<T>(
    filter: &Filter,
    mut read: impl FnMut(&Piece, &str) -> Result<T, ParseError>,
    condition: fn(Vec<T>) -> IssueCondition,
) -> Result<Conditions, ParseError> {
    let inverted = inverted(filter)?;
    let all = filter.values.iter().map(|value| read(value, word(value)?));
    Ok(inverted_if(
        inverted,
        Expr::Term(condition(all.collect::<Result<_, _>>()?)),
    ))
}

/// `present` is what `*` asks for, and an empty value denies.
fn patterns(
    filter: &Filter,
    condition: fn(Vec<Pattern>) -> IssueCondition,
    present: Option<IssueCondition>,
) -> Result<Conditions, ParseError> {
    let inverted = inverted(filter)?;
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for value in &filter.values {
        match (pattern(value), &present) {
            (Some(pattern), _) if !value.is_empty() => found.push(pattern),
            (Some(_), Some(present)) => others.push(Expr::Term(present.clone()).negate()),
            (None, Some(present)) => others.push(Expr::Term(present.clone())),
            (_, None) => return Err(ParseError::new(value.span, "every issue has one: write which you mean")),
        }
    }
    if !found.is_empty() {
        others.insert(0, Expr::Term(condition(found)));
    }
    Ok(inverted_if(inverted, Expr::or(others)))
}

const STATUSES: [(&str, IssueStatus); 4] = [
    ("unresolved", IssueStatus::Unresolved),
    ("resolved", IssueStatus::Resolved),
    ("archived", IssueStatus::Ignored),
    ("ignored", IssueStatus::Ignored),
];

/// Those of archived issues have a short name as well.
const SUBSTATUSES: [(&str, Substatus); 9] = [
    ("new", Substatus::New),
    ("ongoing", Substatus::Ongoing),
    ("escalating", Substatus::Escalating),
    ("regressed", Substatus::Regressed),
    ("archived_until_escalating", Substatus::ArchivedUntilEscalating),
    ("until_escalating", Substatus::ArchivedUntilEscalating),
    ("archived_until_condition_met", Substatus::ArchivedUntilConditionMet),
    ("until_condition_met", Substatus::ArchivedUntilConditionMet),
    ("archived_forever", Substatus::ArchivedForever),
];

const LEVELS: [(&str, Level); 5] = [
    ("fatal", Level::Fatal),
    ("error", Level::Error),
    ("warning", Level::Warning),
    ("info", Level::Info),
    ("debug", Level::Debug),
];

const PRIORITIES: [(&str, Priority); 3] = [
    ("high", Priority::High),
    ("medium", Priority::Medium),
    ("low", Priority::Low),
];

fn find<T: Copy>(name: &str, choices: &[(&str, T)]) -> Option<T> {
    let choice = choices.iter().find(|(choice, _)| choice.eq_ignore_ascii_case(name));
    choice.map(|(_, value)| *value)
}

fn choice<T: Copy>(value: &Piece, name: &str, key: &str, choices: &[(&str, T)]) -> Result<T, ParseError> {
    find(name, choices).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
        unknown(value, name, key, &names)
    })
}

fn unknown(value: &Piece, name: &str, key: &str, names: &[&str]) -> ParseError {
    let message = format!("{name:?} is no value of {key}: it takes {}", names.join(", "));
    ParseError::new(value.span, message).suggest(nearest(name, names.iter().copied()))
}

fn is(value: &Piece, name: &str, now: Timestamp) -> Result<Conditions, ParseError> {
    if let Some(status) = find(name, &STATUSES) {
        return Ok(Expr::Term(IssueCondition::Status(status)));
    }
    if let Some(substatus) = find(name, &SUBSTATUSES) {
        return Ok(Expr::Term(IssueCondition::Substatus(substatus)));
    }
    match name {
        "assigned" => Ok(Expr::Term(IssueCondition::Assigned)),
        "unassigned" => Ok(Expr::Term(IssueCondition::Assigned).negate()),
        "for_review" | "needs_review" => Ok(Expr::Term(IssueCondition::ForReview(now - FOR_REVIEW))),
        "linked" => Ok(Expr::Term(IssueCondition::Linked)),
        "unlinked" => Ok(Expr::Term(IssueCondition::Linked).negate()),
        _ => Err(unknown(value, name, "is", &is_values())),
    }
}

/// What can stand behind `is:`.
pub(crate) fn is_values() -> Vec<&'static str> {
    let statuses = STATUSES.iter().map(|(name, _)| *name);
    let substatuses = SUBSTATUSES.iter().map(|(name, _)| *name);
    let others = ["for_review", "assigned", "unassigned", "linked", "unlinked"];
    statuses.chain(others).chain(substatuses).collect()
}

/// Somebody who does something himself: no team.
fn person(value: &Piece, name: &str) -> Result<Assignee, ParseError> {
    match assignee(name) {
        who @ (Assignee::Me | Assignee::User(_)) => Ok(who),
        Assignee::MyTeams | Assignee::Nobody | Assignee::Team(_) => {
            Err(ParseError::new(value.span, "name a person: me, or an e-mail address"))
        }
    }
}

fn assignee(name: &str) -> Assignee {
    match name {
        "me" => Assignee::Me,
        "my_teams" => Assignee::MyTeams,
        "none" => Assignee::Nobody,
        _ => match name.strip_prefix('#') {
            Some(team) if !team.is_empty() => Assignee::Team(team.to_owned()),
            _ => Assignee::User(name.to_owned()),
        },
    }
}

fn time(
    filter: &Filter,
    now: Timestamp,
    condition: fn(Comparison, Timestamp) -> IssueCondition,
) -> Result<Conditions, ParseError> {
    let all = filter.values.iter().map(|value| {
        let bounds = time_bounds(filter.comparison, value, now)?;
        let bounds = bounds
            .into_iter()
            .map(|(comparison, time)| Expr::Term(condition(comparison, time)));
        Ok(Expr::and(bounds.collect()))
    });
    let conditions = Expr::or(all.collect::<Result<_, ParseError>>()?);
    Ok(inverted_if(filter.comparison == Some(Comparison::NotEqual), conditions))
}

fn count(filter: &Filter, condition: fn(Comparison, f64) -> IssueCondition) -> Result<Conditions, ParseError> {
    let comparison = match filter.comparison {
        None | Some(Comparison::NotEqual) => Comparison::Equal,
        Some(comparison) => comparison,
    };
    let all = filter
        .values
        .iter()
        .map(|value| match value.plain().and_then(literal::number) {
            Some(number) => Ok(Expr::Term(condition(comparison, number))),
            None => {
                let message = format!("{:?} is no number: write >100, 10k or the like", value.shown());
                Err(ParseError::new(value.span, message))
            }
        });
    let conditions = Expr::or(all.collect::<Result<_, ParseError>>()?);
    Ok(inverted_if(filter.comparison == Some(Comparison::NotEqual), conditions))
}

/// `has:assigned`, `has:first_release`; whatever else there may be, events have.
fn has(filter: &Filter) -> Option<Conditions> {
    let [value] = filter.values.as_slice() else { return None };
    match value.plain()? {
        _ if filter.comparison.is_some() => None,
        "assigned" | "assignee" => Some(Expr::Term(IssueCondition::Assigned)),
        "first_release" | "firstRelease" => Some(Expr::Term(IssueCondition::HasFirstRelease)),
        _ => None,
    }
}
