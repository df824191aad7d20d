//! Whether a rule fires for an event.
//!
//! What costs nothing is asked first: silences, the issue's status, the environment, then conditions and filters that
//! are known. Only a rule that could still fire and did not fire lately asks for releases, and for counts at the end.

use std::time::Duration;

use model::{IssueStatus, Priority};

use crate::{
    action::{Action, OnlyIf},
    check::{AdoptedRelease, AssignedTo, Check, Frequency, Interval, Of, Older},
    compiled::{CompiledRule, Facts},
    known::{Answer, Answers, Known, Need, Place, Silence},
    reason::Reason,
    rule::{Match, Names},
};

#[derive(Debug, Clone, PartialEq)]
pub enum Decision<'r> {
    Fire(Firing),
    /// This has to be known first: add the answer to [`Answers`] and decide again.
    Ask(Place, Need<'r>),
    No(Reason),
}

/// What follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// One for each condition and filter that made it fire.
    pub reasons: Vec<Reason>,
    /// Those to be done. There may be none: an action can be for critical events only.
    pub actions: Vec<Action>,
    /// What was counted for it, with how long the window was.
    pub counts: Vec<(Of, Interval, u64)>,
}

/// `facts` must be of the rule's revision, else they answer other questions.
pub fn decide<'r>(rule: &'r CompiledRule, facts: &Facts, known: &Known<'_>, answers: &Answers) -> Decision<'r> {
    if let Some(reason) = silenced(rule, facts, known) {
        return Decision::No(reason);
    }
    let lists = evaluated(rule, facts, known, answers);
    let (conditions, branches) = lists.split_first().expect("the conditions are a list");
    if let Some(reason) = refused(conditions, branches) {
        return Decision::No(reason);
    }
    if let Some(reason) = too_soon(rule, known) {
        return Decision::No(reason);
    }
    if let Some((place, need)) = next_need(conditions, branches) {
        return Decision::Ask(place, need);
    }
    Decision::Fire(firing(rule, facts, answers, conditions, branches))
}

/// Whatever the conditions say, it does not fire.
fn silenced(rule: &CompiledRule, facts: &Facts, known: &Known<'_>) -> Option<Reason> {
    match known.silence {
        Some(Silence::Disabled) => return Some(Reason::new("disabled", "", "")),
        Some(Silence::Snoozed(until)) => {
            let until = until.map(|until| until.to_string());
            return Some(Reason::new("snoozed", until.unwrap_or_default(), ""));
        }
        Some(Silence::Maintenance(until)) => return Some(Reason::new("maintenance", until.to_string(), "")),
        None => {}
    }
    if known.issue.status != IssueStatus::Unresolved {
        let status = match known.issue.status {
            IssueStatus::Ignored => "archived",
            status => status.name(),
        };
        return Some(Reason::new("not_unresolved", status, ""));
    }
    let environment = rule.rule().environment.as_deref().unwrap_or_default();
    (!facts.is_in_environment()).then(|| Reason::new("environment", environment, ""))
}

/// The interval goes by times of receipt, and either way: a clock that steps back silences no rule for longer.
fn too_soon(rule: &CompiledRule, known: &Known<'_>) -> Option<Reason> {
    let interval = Duration::from_secs(u64::from(rule.rule().frequency_minutes) * 60);
    let last = known.last_fired?;
    let (earlier, later) = (last.min(known.received_at), last.max(known.received_at));
    let is_soon = later.since(earlier) < interval;
    is_soon.then(|| Reason {
        found: format!("it fired at {last}"),
        ..rule.too_soon()
    })
}

/// A list of checks, each answered as far as it is known.
struct List<'r> {
    name: &'static str,
    name_of_none: &'static str,
    of: Match,
    checks: Vec<(Place, &'r Check, Answered<'r>)>,
}

enum Answered<'r> {
    Is(bool, String),
    Open(Need<'r>),
}

/// The conditions, then the filters of each branch.
fn evaluated<'r, 'a>(
    rule: &'r CompiledRule,
    facts: &'a Facts,
    known: &'a Known<'a>,
    answers: &'a Answers,
) -> Vec<List<'r>> {
    let rule = rule.rule();
    let mut asked = Asked {
        facts,
        known,
        answers,
        environment: rule.environment.as_deref(),
        place: 0,
        event_place: 0,
    };
    let mut list = |name, name_of_none, of, checks: &'r [Check]| List {
        name,
        name_of_none,
        of,
        checks: checks.iter().map(|check| asked.answer(check)).collect(),
    };
    let mut lists = vec![
        list("conditions", "conditions_none", rule.action_match, &rule.conditions),
        list("filters", "filters_none", rule.filter_match, &rule.filters),
    ];
    for branch in &rule.more {
        lists.push(list("filters", "filters_none", branch.filter_match, &branch.filters));
    }
    lists
}

struct Asked<'r, 'a> {
    facts: &'a Facts,
    known: &'a Known<'a>,
    answers: &'a Answers,
    environment: Option<&'r str>,
    /// Of the next check, and of the next that the event answers.
    place: u16,
    event_place: usize,
}

impl<'r> Asked<'r, '_> {
    fn answer(&mut self, check: &'r Check) -> (Place, &'r Check, Answered<'r>) {
        let place = Place(self.place);
        self.place += 1;
        (place, check, self.answered(place, check))
    }
}

impl List<'_> {
    /// `None` while it is open.
    fn holds(&self) -> Option<bool> {
        let has = |wanted: bool| {
            let mut answers = self.checks.iter();
            answers.any(|(_, _, answer)| matches!(answer, Answered::Is(is, _) if *is == wanted))
        };
        let is_open = self
            .checks
            .iter()
            .any(|(_, _, answer)| matches!(answer, Answered::Open(_)));
        if self.checks.is_empty() {
            return Some(true);
        }
        match self.of {
            Match::All if has(false) => Some(false),
            Match::Any if has(true) => Some(true),
            Match::None if has(true) => Some(false),
            _ if is_open => None,
            Match::All | Match::None => Some(true),
            Match::Any => Some(false),
        }
    }

    /// Why it does not hold.
    fn refusal(&self) -> Reason {
        let wrong = |wanted: bool| {
            self.checks.iter().filter_map(move |(_, check, answer)| match answer {
                Answered::Is(is, found) if *is == wanted => Some((check.text(&Names::default()), found.as_str())),
                _ => None,
            })
        };
        let (name, mut texts) = match self.of {
            Match::None => (self.name_of_none, wrong(true).take(1).collect::<Vec<_>>()),
            Match::All => (self.name, wrong(false).take(1).collect()),
            Match::Any => (self.name, wrong(false).collect()),
        };
        texts.truncate(5);
        let detail: Vec<_> = texts.iter().map(|(text, _)| text.as_str()).collect();
        let found: Vec<_> = texts
            .iter()
            .map(|(_, found)| *found)
            .filter(|found| !found.is_empty())
            .collect();
        Reason::new(name, detail.join(", or "), found.join(", "))
    }

    fn reasons(&self) -> Vec<Reason> {
        if self.of == Match::None && !self.checks.is_empty() {
            return vec![Reason::new("none_holds", format!("none of its {} hold", self.name), "")];
        }
        let of_check = |(_, check, answer): &(Place, &Check, Answered<'_>)| match answer {
            Answered::Is(true, found) => Some(Reason::new(check.code(), check.text(&Names::default()), found)),
            _ => None,
        };
        self.checks.iter().filter_map(of_check).collect()
    }
}

/// Filters before conditions; of several branches, one that may hold is enough.
fn refused(conditions: &List<'_>, branches: &[List<'_>]) -> Option<Reason> {
    if branches.iter().all(|branch| branch.holds() == Some(false)) {
        return branches.first().map(List::refusal);
    }
    (conditions.holds() == Some(false)).then(|| conditions.refusal())
}

/// The cheapest of what is open. A branch that holds does not close the others: each has actions of its own.
fn next_need<'r>(conditions: &List<'r>, branches: &[List<'r>]) -> Option<(Place, Need<'r>)> {
    let lists = std::iter::once(conditions).chain(branches);
    let open = lists
        .filter(|list| list.holds().is_none())
        .flat_map(|list| &list.checks);
    let needs = open.filter_map(|(place, _, answer)| match answer {
        Answered::Open(need) => Some((*place, *need)),
        Answered::Is(..) => None,
    });
    needs.min_by_key(|(place, need)| (matches!(need, Need::Frequency(_)), *place))
}

fn firing(
    rule: &CompiledRule,
    facts: &Facts,
    answers: &Answers,
    conditions: &List<'_>,
    branches: &[List<'_>],
) -> Firing {
    let rule = rule.rule();
    let mut reasons = conditions.reasons();
    let mut actions: Vec<Action> = Vec::new();
    let of_branches = std::iter::once(&rule.actions).chain(rule.more.iter().map(|branch| &branch.actions));
    for (branch, its) in branches.iter().zip(of_branches) {
        if branch.holds() != Some(true) {
            continue;
        }
        reasons.extend(branch.reasons());
        for action in its {
            let is_due = match action.only_if {
                None => true,
                Some(OnlyIf::Critical) => facts.is_fatal(),
            };
            if is_due && !actions.contains(action) {
                actions.push(action.clone());
            }
        }
    }
    let lists = std::iter::once(conditions).chain(branches);
    let counts = lists.flat_map(|list| &list.checks).filter_map(|(place, check, _)| {
        let (Check::Frequency(frequency), Some(Answer::Frequency { now, .. })) = (check, answers.find(*place)) else {
            return None;
        };
        Some((frequency.of, frequency.interval, now.count))
    });
    Firing {
        reasons,
        actions,
        counts: counts.collect(),
    }
}

impl<'r> Asked<'r, '_> {
    fn answered(&mut self, place: Place, check: &'r Check) -> Answered<'r> {
        let Known { issue, change, .. } = self.known;
        let plainly = |is: bool| Answered::Is(is, String::new());
        match check {
            Check::EveryEvent => plainly(true),
            Check::FirstSeen => plainly(self.is_new()),
            Check::Regression => plainly(change.is_regression),
            Check::Reappeared => plainly(change.is_reappeared),
            Check::NewHighPriority => plainly(self.is_new() && issue.priority == Priority::High),
            Check::ExistingHighPriority => {
                plainly(!change.is_new && change.became_high_priority && issue.priority == Priority::High)
            }
            Check::Event(_) => {
                let place = self.event_place;
                self.event_place += 1;
                plainly(self.facts.holds(place))
            }
            Check::Age(age) => {
                let is_older = issue.first_seen < self.known.received_at - age.duration();
                let found = format!("first seen at {}", issue.first_seen);
                Answered::Is(is_older == (age.than == Older::Older), found)
            }
            Check::Occurrences(least) => {
                let found = format!("seen {} times", issue.times_seen);
                Answered::Is(issue.times_seen >= *least, found)
            }
            Check::AssignedTo(AssignedTo::Nobody) => plainly(issue.assignee.is_none()),
            Check::AssignedTo(AssignedTo::Somebody(whom)) => plainly(issue.assignee == Some(*whom)),
            Check::Category(category) => plainly(issue.category == category.number()),
            Check::Severity(least) => plainly(issue.severity.is_some_and(|severity| severity >= *least)),
            Check::Priority(least) => {
                let found = format!("its priority is {}", issue.priority.name());
                Answered::Is(issue.priority >= *least, found)
            }
            Check::LatestRelease => self.latest_release(place),
            Check::AdoptedRelease(adopted) => self.adopted_release(place, adopted),
            Check::Frequency(frequency) => self.frequency(place, frequency),
        }
    }

    /// New, or of a rule with an environment new there.
    fn is_new(&self) -> bool {
        match self.environment {
            Some(_) => self.known.change.is_new_in_environment,
            None => self.known.change.is_new,
        }
    }

    fn latest_release(&self, place: Place) -> Answered<'r> {
        let environment = self.environment;
        match self.answers.find(place) {
            Some(Answer::LatestRelease(latest)) => {
                let is_latest = latest.is_some() && latest.as_deref() == self.known.release;
                let found = latest.as_ref().map(|latest| format!("the latest is {latest}"));
                Answered::Is(is_latest, found.unwrap_or_else(|| "there is no release".to_owned()))
            }
            // An event without release is from none, so nothing is to be looked up.
            None if self.known.release.is_none() => Answered::Is(false, "the event has no release".to_owned()),
            _ => Answered::Open(Need::LatestRelease { environment }),
        }
    }

    fn adopted_release(&self, place: Place, wanted: &'r AdoptedRelease) -> Answered<'r> {
        let Some(Answer::AdoptedRelease {
            of_issue,
            adopted,
            order,
        }) = self.answers.find(place)
        else {
            return Answered::Open(Need::AdoptedRelease(wanted));
        };
        let is = order.is_some_and(|order| match wanted.than_adopted {
            Older::Older => order.is_lt(),
            Older::Newer => order.is_gt(),
        });
        let or_none = |release: &Option<String>| release.clone().unwrap_or_else(|| "none".to_owned());
        let found = format!(
            "the issue's is {}, the adopted one is {}",
            or_none(of_issue),
            or_none(adopted)
        );
        Answered::Is(is, found)
    }

    fn frequency(&self, place: Place, frequency: &'r Frequency) -> Answered<'r> {
        let Some(Answer::Frequency { now, before }) = self.answers.find(place) else {
            return Answered::Open(Need::Frequency(frequency));
        };
        let Some(measured) = frequency.measured(*now, *before) else {
            let sessions = now.sessions.unwrap_or(0);
            return Answered::Is(false, format!("{sessions} sessions are too few to tell"));
        };
        let found = match (frequency.change, frequency.of) {
            (Some(_), _) => {
                let before = before.unwrap_or_default().count;
                format!("{} percent, {} after {before}", rounded(measured), now.count)
            }
            (None, Of::Sessions) => format!("{} percent", rounded(measured)),
            (None, of) => format!("{} {}", now.count, of.text()),
        };
        Answered::Is(frequency.is_met_by(measured), found)
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
