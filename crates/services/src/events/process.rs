//! The pure steps that every event goes through, wherever it comes from, in the order of `ingest.md` §3.3.

use bytes::Bytes;
use filter::Client;
use grouping::Grouping;
use model::{EventId, Outcome, ProjectId, Timestamp};
use normalize::{Context, Summary};
use protocol::event::{Event, EventType, Object};
use quota::sampling::{self, Trace};
use store::events::Document;

use super::{RuleOwners, document};
use crate::project_config::ProjectConfig;

/// An event that went through all pure steps.
#[derive(Debug)]
pub struct ProcessedEvent {
    pub project: ProjectId,
    pub id: EventId,
    pub received_at: Timestamp,
    pub event: Event,
    pub summary: Summary,
    /// `None` for what belongs to no issue, as transactions.
    pub grouping: Option<Grouping>,
    /// Whom the rules of the project name; `None` when it has none, or the event belongs to no issue.
    pub owners: Option<RuleOwners>,
    /// What the alert rules of the project find in it; empty where there is none, and for what belongs to no issue.
    pub alerts: Vec<alerts::Facts>,
    /// [`Event::to_json`], made beside the database's writer.
    pub payload: Bytes,
    /// For the event index: that of the event, and behind it those of its spans. Who writes them numbers them.
    pub documents: Vec<Document>,
}

/// What a step left, for those who want to watch.
#[derive(Debug)]
pub enum Step<'a> {
    Normalized(&'a Event),
    /// With the id of the filter that does not want the event.
    Filtered(Option<&'a str>),
    Scrubbed(&'a Event),
    Trimmed(&'a Event),
    Grouped(Option<&'a Grouping>),
}

/// What the envelope says about the trace that an event is part of.
#[derive(Debug, Clone, Copy, Default)]
pub struct TraceOrigin<'a> {
    /// The dynamic sampling context (`ingest.md` §7.2), as it was sent.
    pub header: Option<&'a Object>,
    /// The project in which the trace began, if it is another one: its rules decide on the whole trace.
    pub root: Option<&'a ProjectConfig>,
}

/// Takes an event through the steps. One that cannot be kept, or is not wanted, ends with its outcome.
pub fn process(
    event: Event,
    cx: &Context<'_>,
    trace: TraceOrigin<'_>,
    config: &ProjectConfig,
) -> Result<ProcessedEvent, Outcome> {
    process_with(event, cx, trace, config, &mut |_| {})
}

/// The same, watched.
pub fn process_with(
    mut event: Event,
    cx: &Context<'_>,
    trace: TraceOrigin<'_>,
    config: &ProjectConfig,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<ProcessedEvent, Outcome> {
    let cx = &Context {
        transaction_names: Some(&config.transaction_names),
        geo: config.geo.as_deref(),
        ..cx.clone()
    };
    add_replay(&mut event, trace.header);
    normalize::event(&mut event, cx).map_err(|invalid| Outcome::invalid(invalid.reason))?;
    watch(Step::Normalized(&event));
    filter(&event, cx, config, watch)?;
    if event.kind == EventType::Transaction
        && let Some(outcome) = sampled_out(Some(&event), cx.received_at, trace, config)
    {
        return Err(outcome);
    }
    config.scrubber.event(&mut event);
    watch(Step::Scrubbed(&event));
    normalize::trim(&mut event);
    watch(Step::Trimmed(&event));
    if event.kind == EventType::Feedback {
        // What one user says is a matter of its own (`ingest.md` §11).
        event.fingerprint = vec![cx.event_id.to_string()];
    }
    let grouping = (event.kind != EventType::Transaction).then(|| config.grouping.group(&mut event, cx.received_at));
    watch(Step::Grouped(grouping.as_ref()));
    let mut summary = normalize::summary(&event);
    if let Some(title) = grouping.as_ref().and_then(|grouping| grouping.title.clone()) {
        summary.metadata.title = title;
    }
    let mut processed = ProcessedEvent {
        project: config.project,
        id: cx.event_id,
        received_at: cx.received_at,
        summary,
        owners: grouping.as_ref().and_then(|_| owners(&event, config)),
        alerts: grouping.as_ref().map_or_else(Vec::new, |_| alert_facts(&event, config)),
        grouping,
        // Many wait for the index at once, and a text that was written piece by piece takes up to twice its length.
        payload: Bytes::copy_from_slice(event.to_json().as_bytes()),
        event,
        documents: Vec::new(),
    };
    processed.documents = document::of_event(&processed);
    Ok(processed)
}

fn owners(event: &Event, config: &ProjectConfig) -> Option<RuleOwners> {
    let rules = &config.ownership;
    (!rules.is_empty()).then(|| RuleOwners {
        matched: rules.matched(event, || normalize::index_tags(event)).into(),
        assigns: rules.assigns(),
    })
}

fn alert_facts(event: &Event, config: &ProjectConfig) -> Vec<alerts::Facts> {
    let rules = &config.alerts.rules;
    let asks_for_tags = rules.iter().any(|rule| rule.compiled.asks_for_tags());
    let tags = if asks_for_tags {
        normalize::index_tags(event)
    } else {
        Vec::new()
    };
    rules.iter().map(|rule| rule.compiled.facts(event, &tags)).collect()
}

/// The replay that was recorded while the trace began, where the event names none.
fn add_replay(event: &mut Event, header: Option<&Object>) {
    let Some(id) = header.and_then(|header| header.get("replay_id")) else {
        return;
    };
    if id.as_str().is_some_and(|id| id.parse::<EventId>().is_ok()) && !event.contexts.contains_key("replay") {
        let replay = Object::from_iter([("replay_id".to_owned(), id.clone())]);
        event.contexts.insert("replay".to_owned(), replay.into());
    }
}

/// The outcome of what sampling does not keep: of a transaction, or of spans that are sent alone (`None`). It is the same
/// for all of a trace.
pub fn sampled_out(
    transaction: Option<&Event>,
    now: Timestamp,
    trace: TraceOrigin<'_>,
    config: &ProjectConfig,
) -> Option<Outcome> {
    let known = trace.header.and_then(Trace::from_header);
    let known = known.or_else(|| transaction.and_then(Trace::of_transaction));
    let root = trace.root.unwrap_or(config);
    let (own, root) = (&config.sampling, &root.sampling);
    sampling::decide(own, root, transaction, known.as_ref(), &config.reservoirs, now).outcome()
}

fn filter(
    event: &Event,
    cx: &Context<'_>,
    config: &ProjectConfig,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<(), Outcome> {
    let user_agent = filter::user_agent(event, cx.user_agent);
    // Telling the browser costs more than all filters together, and only few projects want it.
    let parsed = user_agent
        .filter(|_| config.filters.wants_browser())
        .map(normalize::user_agent::parse);
    let browser = parsed.as_ref().and_then(|parsed| parsed.browser.as_ref());
    let client = Client {
        ip: cx.client_ip,
        user_agent,
        browser: browser.map(|browser| filter::Browser {
            family: &browser.family,
            major: browser.major().and_then(|major| major.try_into().ok()),
        }),
    };
    let reason = config.filters.event(event, &client);
    watch(Step::Filtered(reason.as_ref().map(filter::Reason::id)));
    match reason {
        Some(reason) => Err(reason.into()),
        None => Ok(()),
    }
}
