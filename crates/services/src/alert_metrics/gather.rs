//! Reading what alerts are made of.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use model::{IncidentId, NotificationId, NotificationKind, ProjectId};
use serde::Deserialize as _;
use store::{
    Connection,
    alert_metrics::{self as rows, AnsweredIncident, Delivered, Fired, Period, Told},
};

use super::{
    Alert, Message, MetricsQuery, RuleRef,
    alert::{self, Sent},
    delivery::Fate,
};
use crate::{App, access::OrganizationScope};

/// How long before the period an alert may have begun that still lasts in it: its firings are looked for.
const LASTED: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long messages may be gathered for a digest.
const GATHERED: Duration = Duration::from_secs(2 * 24 * 3600);

/// How many firings and notifications of each kind one question looks at.
const MOST: i64 = 100_000;

/// All that a question is about.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) alerts: Vec<Alert>,
    pub(super) messages: Vec<Message>,
    pub(super) is_cut: bool,
}

pub(super) async fn gather(
    app: &App,
    scope: &OrganizationScope,
    query: &MetricsQuery,
) -> Result<Gathered, store::Error> {
    let mut db = app.store.read().await?;
    let Some(projects) = projects(&mut db, scope, query).await? else {
        return Ok(Gathered::default());
    };
    let period = Period {
        organization: scope.organization.id,
        projects: Some(&projects),
        from: query.from - LASTED,
        until: query.until,
    };
    // Those for a person may tell of several projects.
    let later = Period {
        until: query.until + GATHERED,
        projects: None,
        ..period
    };
    let firings = rows::firings(&mut db, period, MOST).await?;
    let incidents = rows::notifications(&mut db, NotificationKind::MetricAlert, period, MOST).await?;
    let digests = rows::notifications(&mut db, NotificationKind::Digest, later, MOST).await?;
    let is_cut = [firings.len(), incidents.len(), digests.len()].contains(&(MOST as usize));
    let mut ids: Vec<NotificationId> = firings.iter().map(|fired| fired.notification).collect();
    ids.extend(incidents.iter().map(|told| told.id));
    ids.sort_unstable();
    ids.dedup();
    let contents = contents(&digests, &ids);
    ids.extend(contents.keys());
    let delivered = rows::deliveries(&mut db, &ids).await?;
    let sent = sent(&delivered, &contents);

    let mut issues: Vec<_> = firings.iter().map(|fired| fired.issue).collect();
    issues.sort_unstable();
    issues.dedup();
    let reactions = rows::reactions(&mut db, &issues, &alert::REACTIONS, period.from).await?;
    let marked = rows::false_alarms(&mut db, &issues).await?;
    let marked: HashSet<_> = marked.into_iter().map(|alarm| alarm.firing).collect();
    let mut alerts = alert::of_firings(&firings, &reactions, &marked, &sent);

    let told = by_incident(&incidents);
    let ids: Vec<IncidentId> = told.keys().copied().collect();
    let answered = rows::incidents(&mut db, scope.organization.id, &ids).await?;
    alerts.extend(
        answered
            .iter()
            .filter_map(|incident| of_incident(incident, told.get(&incident.id)?, &sent)),
    );

    let is_asked = |rule: &RuleRef| query.rule.is_none_or(|asked| asked == *rule);
    alerts.retain(|alert| (query.from..query.until).contains(&alert.began_at) && is_asked(&alert.rule));
    let rules = rules(&firings, &incidents, &answered, &contents);
    let projects = projects_of(&firings, &incidents, &contents);
    let messages = delivered.iter().filter_map(|one| {
        let rules = rules.get(&one.notification).cloned().unwrap_or_default();
        let is_of_period = (query.from..query.until).contains(&one.created_at);
        (is_of_period && (query.rule.is_none() || rules.iter().any(is_asked))).then(|| Message {
            project: projects.get(&one.notification).copied(),
            rules,
            channel: one.channel.clone(),
            created_at: one.created_at,
            fate: Fate::of(one),
            is_retried: one.attempts > 1,
        })
    });
    Ok(Gathered {
        messages: messages.collect(),
        alerts,
        is_cut,
    })
}

/// The projects that the question is about. `None`: the actor sees none of them.
async fn projects(
    db: &mut Connection,
    scope: &OrganizationScope,
    query: &MetricsQuery,
) -> Result<Option<Vec<ProjectId>>, store::Error> {
    let organization = scope.organization.id;
    let all = scope.visible.keep(store::projects::list(db, organization).await?);
    let mut found: Vec<ProjectId> = all.into_iter().map(|project| project.id).collect();
    if !query.projects.is_empty() {
        found.retain(|project| query.projects.contains(project));
    }
    if let Some(team) = query.team {
        let pairs = store::teams::of_projects(db, organization).await?;
        found.retain(|project| pairs.iter().any(|(of, one)| of == project && one.id == team));
    }
    Ok((!found.is_empty()).then_some(found))
}

/// Which of these notifications each digest tells of; those that tell of none are left out.
fn contents(digests: &[Told], known: &[NotificationId]) -> HashMap<NotificationId, Vec<NotificationId>> {
    let of = |digest: &Told| {
        let listed = digest.cause.get("notifications")?;
        let mut inside = Vec::<NotificationId>::deserialize(listed).ok()?;
        inside.retain(|one| known.binary_search(one).is_ok());
        (!inside.is_empty()).then_some((digest.id, inside))
    };
    digests.iter().filter_map(of).collect()
}

/// When the first message of each notification was sent: by itself, or in a digest.
fn sent(delivered: &[Delivered], contents: &HashMap<NotificationId, Vec<NotificationId>>) -> Sent {
    let mut sent = Sent::new();
    for one in delivered {
        let Some(at) = one.sent_at else { continue };
        let inside = contents.get(&one.notification).map_or(&[][..], Vec::as_slice);
        for notification in inside.iter().chain([&one.notification]) {
            let by_channel = sent.entry(*notification).or_default();
            let known = by_channel.entry(one.channel.clone()).or_insert(at);
            *known = (*known).min(at);
        }
    }
    sent
}

fn incident_of(told: &Told) -> Option<IncidentId> {
    told.cause.get("incident")?.as_i64().map(IncidentId)
}

/// What was told of each incident, the oldest first.
fn by_incident(told: &[Told]) -> BTreeMap<IncidentId, Vec<&Told>> {
    let mut by_incident: BTreeMap<IncidentId, Vec<&Told>> = BTreeMap::new();
    for one in told {
        if let Some(incident) = incident_of(one) {
            by_incident.entry(incident).or_default().push(one);
        }
    }
    by_incident
}

fn of_incident(incident: &AnsweredIncident, told: &[&Told], sent: &Sent) -> Option<Alert> {
    let first = told.first()?;
    let is_end = |told: &&&Told| told.cause.get("status").and_then(|status| status.as_str()) == Some("resolved");
    let mut first_sent = BTreeMap::new();
    for (channel, at) in told.iter().filter_map(|told| sent.get(&told.id)).flatten() {
        let known = first_sent.entry(channel.clone()).or_insert(*at);
        *known = (*known).min(*at);
    }
    let told_at = first_sent.values().min().copied();
    Some(Alert {
        rule: RuleRef::Metric(incident.rule),
        project: first.project,
        issue: None,
        began_at: first.at,
        firings: told.iter().filter(|told| !is_end(told)).count() as u64,
        acknowledged_at: incident
            .answered_at
            .filter(|at| told_at.is_some_and(|told| *at >= told)),
        resolved_at: incident.closed_at.filter(|at| told_at.is_some_and(|told| *at >= told)),
        first_sent,
        is_false_alarm: false,
    })
}

/// The rules of whose alerts each notification tells.
fn rules(
    firings: &[Fired],
    incidents: &[Told],
    answered: &[AnsweredIncident],
    contents: &HashMap<NotificationId, Vec<NotificationId>>,
) -> HashMap<NotificationId, Vec<RuleRef>> {
    let mut rules: HashMap<NotificationId, Vec<RuleRef>> = HashMap::new();
    for fired in firings {
        rules
            .entry(fired.notification)
            .or_default()
            .push(RuleRef::Issue(fired.rule));
    }
    for told in incidents {
        let incident = incident_of(told);
        let known = answered.iter().find(|one| Some(one.id) == incident);
        rules
            .entry(told.id)
            .or_default()
            .extend(known.map(|one| RuleRef::Metric(one.rule)));
    }
    for (digest, inside) in contents {
        let mut of: Vec<RuleRef> = inside
            .iter()
            .filter_map(|one| rules.get(one))
            .flatten()
            .copied()
            .collect();
        of.sort_unstable();
        of.dedup();
        rules.insert(*digest, of);
    }
    rules
}

/// The project of each notification; of a digest that of the first alert in it.
fn projects_of(
    firings: &[Fired],
    incidents: &[Told],
    contents: &HashMap<NotificationId, Vec<NotificationId>>,
) -> HashMap<NotificationId, ProjectId> {
    let of_firings = firings.iter().map(|fired| (fired.notification, fired.project));
    let of_incidents = incidents.iter().filter_map(|told| Some((told.id, told.project?)));
    let mut projects: HashMap<_, _> = of_firings.chain(of_incidents).collect();
    for (digest, inside) in contents {
        let first = inside.iter().find_map(|one| projects.get(one).copied());
        projects.extend(first.map(|project| (*digest, project)));
    }
    projects
}
