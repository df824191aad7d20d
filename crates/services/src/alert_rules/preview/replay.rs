use std::collections::{HashMap, HashSet};

use alerts::{Answer, Answers, CompiledRule, Decision, Frequency, Known, Measure, Need, Of, Window, decide};
use model::{IssueId, IssueStatus, Timestamp};
use store::issues::Issue;

use super::{MOST_TOLD, Preview, Seen, WouldFire, frequencies, history::History};
use crate::issues::ShortId;

/// A rule that sees events once more, in the order in which they were received.
pub(super) struct Replay<'a> {
    rule: &'a CompiledRule,
    history: &'a History,
    /// What came before is only counted.
    since: Timestamp,
    counts: Vec<&'a Frequency>,
    issues: HashMap<IssueId, IssueSoFar<'a>>,
    fired: Vec<(&'a Seen, Vec<String>)>,
    silences: HashMap<String, usize>,
    events: usize,
    lacks_sessions: bool,
}

#[derive(Default)]
struct IssueSoFar<'a> {
    events: Vec<&'a Seen>,
    last_fired: Option<Timestamp>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(rule: &'a CompiledRule, history: &'a History, since: Timestamp) -> Self {
        Self {
            rule,
            history,
            since,
            counts: frequencies(rule.rule()).collect(),
            issues: HashMap::new(),
            fired: Vec::new(),
            silences: HashMap::new(),
            events: 0,
            lacks_sessions: false,
        }
    }

    pub(super) fn see(&mut self, event: &'a Seen) {
        // Deleted, or merged into one that is.
        let Some(issue) = self.history.issues.get(&event.issue) else {
            return;
        };
        self.issues.entry(event.issue).or_default().events.push(event);
        if event.received_at < self.since {
            return;
        }
        self.events += 1;
        let known = self.known(event, issue);
        let mut answers = Answers::default();
        loop {
            match decide(self.rule, &event.facts, &known, &answers) {
                Decision::Ask(place, need) => answers.add(place, self.answer(need, event, issue)),
                Decision::Fire(firing) => {
                    let reasons = firing.reasons.iter().map(alerts::Reason::text).collect();
                    self.fired.push((event, reasons));
                    self.issues.entry(event.issue).or_default().last_fired = Some(event.received_at);
                    return;
                }
                Decision::No(reason) => {
                    // Without what was counted: like the ledger, which sums up what is alike.
                    let text = alerts::reason_text(reason.code, &reason.detail, "");
                    *self.silences.entry(text).or_default() += 1;
                    return;
                }
            }
        }
    }

    fn known(&self, event: &'a Seen, issue: &Issue) -> Known<'a> {
        let change = self.history.change(event.id);
        let so_far = self.issues.get(&event.issue);
        Known {
            received_at: event.received_at,
            release: event.release.as_deref(),
            issue: alerts::Issue {
                first_seen: issue.first_seen,
                times_seen: Self::times_seen(event, issue),
                assignee: issue.assignee,
                priority: if change.is_new {
                    issue.initial_priority
                } else {
                    issue.priority
                },
                category: super::ERRORS,
                severity: None,
                // What it was then is not known; one that was resolved came back with the event.
                status: IssueStatus::Unresolved,
            },
            change,
            last_fired: so_far.and_then(|issue| issue.last_fired),
            silence: None,
        }
    }

    /// With this event: all that the issue ever had but those that came later.
    fn times_seen(event: &Seen, issue: &Issue) -> u64 {
        u64::try_from(issue.times_seen).unwrap_or(0).saturating_sub(event.later)
    }

    fn answer(&mut self, need: Need<'_>, event: &Seen, issue: &Issue) -> Answer {
        match need {
            Need::Frequency(frequency) => {
                self.lacks_sessions |= frequency.of == Of::Sessions;
                let (now, before) = frequency.windows(event.received_at);
                Answer::Frequency {
                    now: self.measure(frequency, event.issue, now),
                    before: before.map(|window| self.measure(frequency, event.issue, window)),
                }
            }
            Need::LatestRelease { .. } => Answer::LatestRelease(self.history.latest_release.clone()),
            Need::AdoptedRelease(_) => Answer::AdoptedRelease {
                of_issue: issue.last_release.clone(),
                adopted: None,
                order: None,
            },
        }
    }

    fn measure(&self, frequency: &Frequency, issue: IssueId, window: Window) -> Measure {
        let place = self.counts.iter().position(|known| *known == frequency);
        let environment = self.rule.rule().environment.as_deref();
        let events = self
            .issues
            .get(&issue)
            .map(|issue| issue.events.as_slice())
            .unwrap_or_default();
        let counted = events
            .iter()
            .rev()
            .skip_while(|event| event.received_at > window.until)
            .take_while(|event| event.received_at > window.after)
            .filter(|event| environment.is_none_or(|environment| event.environment == environment))
            .filter(|event| place.is_none_or(|place| event.counts.get(place).copied().unwrap_or(true)));
        let count = match frequency.of {
            Of::Users => {
                let users: HashSet<&str> = counted
                    .map(|event| event.user.as_str())
                    .filter(|user| !user.is_empty())
                    .collect();
                users.len()
            }
            Of::Events | Of::Sessions => counted.count(),
        };
        Measure {
            count: count as u64,
            sessions: None,
        }
    }

    pub(super) fn finish(self) -> Preview {
        let issues: HashSet<IssueId> = self.fired.iter().map(|(event, _)| event.issue).collect();
        let mut silences: Vec<(String, usize)> = self.silences.into_iter().collect();
        silences.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let told = self.fired.iter().rev().take(MOST_TOLD).filter_map(|(event, reasons)| {
            let issue = self.history.issues.get(&event.issue)?;
            Some(WouldFire {
                issue: event.issue,
                title: issue.title.clone(),
                short_id: ShortId::of(issue).to_string(),
                event: event.id,
                at: event.received_at,
                reasons: reasons.clone(),
            })
        });
        Preview {
            since: self.since,
            events: self.events,
            is_cut: false,
            times: self.fired.len(),
            issues: issues.len(),
            fired: told.collect(),
            silences,
            lacks_sessions: self.lacks_sessions,
        }
    }
}
