//! Whether each rule of a project fires for each event of a batch. Only reads; what comes of it is written by the job.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use alerts::{Answer, Answers, CompiledRule, Decision, Facts, Interval, Known, Need, Of, Place, Reason};
use model::{AlertRuleId, EventId, IssueId, OrganizationId, ProjectId, Timestamp};
use protocol::event::Event;
use queue::JobError;
use store::{events::QuestionError, issues::Standing};

use super::{
    batch::{Batch, Events, Header},
    counting::{self, Looked, Question},
    releases,
};
use crate::{
    App,
    alert_rules::{ActiveRule, ProjectAlerts},
    events, project_config,
};

/// Counts may take so long for all events of a batch; rules that still have to count do without then.
const COUNTING: Duration = Duration::from_secs(90);

/// An event as the rules are asked about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) of: &'a Events,
    /// That of the events, or the one that it was merged into since.
    pub(super) issue: IssueId,
    pub(super) header: &'a Header,
    pub(super) standing: &'a Standing,
    /// How often the issue had been seen, with this event.
    pub(super) times_seen: i64,
}

/// What came of asking a rule about an event.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    pub(super) asked: Asked<'a>,
    pub(super) rule: AlertRuleId,
    pub(super) outcome: Outcome,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Fires(Fires),
    Not(Reason),
}

/// A rule that fires.
#[derive(Debug)]
pub(super) struct Fires {
    pub(super) rule: CompiledRule,
    pub(super) reasons: Vec<Reason>,
    pub(super) actions: Vec<alerts::Action>,
    pub(super) counts: Vec<(Of, Interval, u64)>,
    pub(super) is_critical: bool,
}

/// What is read once for a batch.
pub(super) struct Deciding<'a> {
    app: &'a App,
    batch: &'a Batch,
    merged: HashMap<IssueId, IssueId>,
    projects: HashMap<ProjectId, std::sync::Arc<project_config::ProjectConfig>>,
    hashes: HashMap<IssueId, Vec<String>>,
    last_fired: HashMap<(AlertRuleId, IssueId), Timestamp>,
    looked: Looked,
    /// Whether the batch is tried again when the event index does not answer.
    is_tried_again: bool,
    counts_until: Instant,
}

/// Why a rule has no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("counting took too long")]
    Late,
}

impl Unanswered {
    fn passing(self) -> Result<store::Error, Self> {
        match self {
            Self::Store(error) if error.is_transient() => Ok(error),
            Self::Store(error @ store::Error::Events(QuestionError::Index(_) | QuestionError::Cancelled)) => Ok(error),
            lasting => Err(lasting),
        }
    }
}

impl<'a> Deciding<'a> {
    pub(super) async fn new(app: &'a App, batch: &'a Batch, is_tried_again: bool) -> Result<Self, store::Error> {
        let mut projects = HashMap::new();
        for events in &batch.events {
            if !projects.contains_key(&events.project)
                && let Some(standing) = batch.issues.get(&events.issue)
                && let Some(config) = project_config::get(app, standing.organization, events.project).await?
            {
                projects.insert(events.project, config);
            }
        }
        let saved: Vec<IssueId> = batch.issues.keys().copied().collect();
        let mut db = app.store.read().await?;
        let merged: HashMap<IssueId, IssueId> = store::issues::targets(&mut db, &saved).await?.into_iter().collect();
        let issues: Vec<IssueId> = saved.iter().map(|id| merged.get(id).copied().unwrap_or(*id)).collect();
        let rules: Vec<AlertRuleId> = projects
            .values()
            .flat_map(|config| config.alerts.rules.iter().map(ActiveRule::id))
            .collect();
        let mut last_fired = HashMap::new();
        if !rules.is_empty() {
            for known in store::alert_firings::rule_issues(&mut db, &rules, &issues).await? {
                last_fired.insert((known.rule, known.issue), known.last_fired_at);
            }
        }
        let counts = |config: &project_config::ProjectConfig| {
            config.alerts.rules.iter().any(|rule| rule.compiled.rule().is_slow())
        };
        let mut hashes: HashMap<IssueId, Vec<String>> = HashMap::new();
        if projects.values().any(|config| counts(config)) {
            for (issue, hash) in store::issues::hashes_by_issue(&mut db, &issues).await? {
                hashes.entry(issue).or_default().push(hash);
            }
        }
        Ok(Self {
            app,
            batch,
            merged,
            projects,
            hashes,
            last_fired,
            looked: Looked::default(),
            is_tried_again,
            counts_until: Instant::now() + COUNTING,
        })
    }

    /// All events of the batch, in the order in which they were saved.
    pub(super) fn asked(&self) -> Vec<Asked<'a>> {
        let batch = self.batch;
        let mut asked: Vec<Asked<'a>> = Vec::new();
        for of in &batch.events {
            let Some(standing) = batch.issues.get(&of.issue) else {
                continue;
            };
            let issue = self.merged.get(&of.issue).copied().unwrap_or(of.issue);
            asked.extend(of.headers.iter().map(|header| Asked {
                of,
                issue,
                header,
                standing,
                times_seen: standing.times_seen,
            }));
        }
        asked.sort_unstable_by_key(|asked| asked.header.sequence);
        // The issue stands as it is behind the batch: the last event is the newest of those that were seen.
        let mut later: BTreeMap<IssueId, i64> = BTreeMap::new();
        for asked in asked.iter_mut().rev() {
            let later = later.entry(asked.of.issue).or_default();
            asked.times_seen -= *later;
            *later += 1;
        }
        asked
    }

    /// Asks every rule of the project about an event. A rule that has no answer does not fire, and keeps none from firing.
    pub(super) async fn decide(&mut self, asked: Asked<'a>) -> Result<Vec<Decided<'a>>, JobError> {
        let Some(config) = self.projects.get(&asked.of.project).cloned() else {
            return Ok(Vec::new()); // The project was deleted meanwhile.
        };
        let alerts = &config.alerts;
        if alerts.rules.iter().any(|rule| rule.compiled.rule().is_slow()) {
            self.app.alert_counts.saw(asked.issue, &asked.of.environment);
        }
        let mut decided = Vec::with_capacity(alerts.rules.len());
        for rule in &alerts.rules {
            let outcome = match self.ask(rule, alerts, asked).await {
                Ok(outcome) => outcome,
                Err(error) => Some(self.without(error, asked)?),
            };
            if let Some(outcome) = outcome {
                if matches!(outcome, Outcome::Fires(_)) {
                    let key = (rule.id(), asked.issue);
                    self.last_fired.insert(key, asked.header.received_at);
                }
                decided.push(Decided {
                    asked,
                    rule: rule.id(),
                    outcome,
                });
            }
        }
        Ok(decided)
    }

    fn without(&self, error: Unanswered, asked: Asked<'_>) -> Result<Outcome, JobError> {
        let error = match error.passing() {
            Ok(error) if self.is_tried_again || error.is_transient() => return Err(JobError::retry(error)),
            Ok(error) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(error, event.id = %asked.header.event, "an alert rule could not be asked about an event");
        Ok(Outcome::Not(Reason::failed(error)))
    }

    /// `None`: the rule was made after the event had come.
    async fn ask(
        &mut self,
        rule: &ActiveRule,
        alerts: &ProjectAlerts,
        asked: Asked<'a>,
    ) -> Result<Option<Outcome>, Unanswered> {
        let compiled = &rule.compiled;
        let Some(facts) = asked.of.facts.iter().find(|facts| facts.rule() == compiled.id()) else {
            return Ok(None);
        };
        let renewed;
        let facts = if facts.revision() == compiled.revision() {
            facts
        } else {
            // The rule was changed while the event was on its way: what it is now counts.
            let Some(new) = self.renew(compiled, asked).await? else {
                return Ok(None);
            };
            renewed = new;
            &renewed
        };
        let known = Known {
            received_at: asked.header.received_at,
            release: asked.of.release.as_deref(),
            issue: alerts::Issue {
                first_seen: asked.standing.first_seen,
                times_seen: asked.times_seen.cast_unsigned(),
                assignee: asked.standing.assignee(),
                priority: asked.standing.priority(),
                category: category(&asked.standing.event_type),
                severity: None,
                status: asked.standing.status(),
            },
            change: asked.header.change(),
            last_fired: self.last_fired.get(&(compiled.id(), asked.issue)).copied(),
            silence: alerts.silence(rule, asked.header.received_at),
        };
        let mut answers = Answers::default();
        loop {
            match alerts::decide(compiled, facts, &known, &answers) {
                Decision::Fire(firing) => {
                    return Ok(Some(Outcome::Fires(Fires {
                        rule: compiled.clone(),
                        reasons: firing.reasons,
                        actions: firing.actions,
                        counts: firing.counts,
                        is_critical: facts.is_fatal(),
                    })));
                }
                Decision::No(reason) => return Ok(Some(Outcome::Not(reason))),
                Decision::Ask(place, need) => {
                    let answer = self.answer(place, need, compiled, asked).await?;
                    answers.add(place, answer);
                }
            }
        }
    }

    async fn answer(
        &mut self,
        place: Place,
        need: Need<'_>,
        rule: &CompiledRule,
        asked: Asked<'a>,
    ) -> Result<Answer, Unanswered> {
        let of = asked.of;
        match need {
            Need::LatestRelease { environment } => {
                let mut db = self.app.store.read().await?;
                Ok(releases::latest(&mut db, of.project, environment).await?)
            }
            Need::AdoptedRelease(adopted) => {
                let mut db = self.app.store.read().await?;
                let place = (asked.standing.organization, of.project);
                Ok(releases::adopted(&mut db, place, adopted, asked.standing).await?)
            }
            Need::Frequency(frequency) => {
                let question = Question {
                    organization: asked.standing.organization,
                    project: of.project,
                    issue: asked.issue,
                    hashes: self.hashes.get(&asked.issue).map_or(&[], Vec::as_slice),
                    environment: rule.rule().environment.as_deref(),
                    received_at: asked.header.received_at,
                    sequence: asked.header.sequence,
                };
                if Instant::now() > self.counts_until {
                    return Err(Unanswered::Late);
                }
                let looked = self.looked.of(rule.id(), place);
                let (now, before) = counting::measure(self.app, frequency, question, looked).await?;
                Ok(Answer::Frequency { now, before })
            }
        }
    }

    /// What a rule finds in an event that is read again.
    async fn renew(&self, rule: &CompiledRule, asked: Asked<'a>) -> Result<Option<Facts>, store::Error> {
        let place = (asked.standing.organization, asked.of.project);
        let event = read(self.app, place, asked.header.event).await?;
        Ok(event.map(|event| rule.facts(&event, &normalize::index_tags(&event))))
    }
}

/// An event as it was saved. `None`: it is gone, or cannot be read any more.
pub(super) async fn read(
    app: &App,
    (organization, project): (OrganizationId, ProjectId),
    id: EventId,
) -> Result<Option<Event>, store::Error> {
    let found = events::read_in_project(app, organization, project, id).await?;
    Ok(found.and_then(|stored| Event::from_stored(&stored.payload).ok()))
}

/// Of the newer model (`integrations.md` §F.3).
fn category(event_type: &str) -> i64 {
    match event_type {
        "feedback" => 6,
        _ => 1,
    }
}
