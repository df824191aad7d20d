//! From firings and what people did to alerts with a beginning and an end.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{ActivityKind, AlertRuleId, FiringId, IssueId, MetricAlertId, NotificationId, ProjectId, Timestamp};
use store::alert_metrics::{Fired, Reaction};

/// A rule of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleRef {
    Issue(AlertRuleId),
    Metric(MetricAlertId),
}

/// Something that a rule told people of.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub rule: RuleRef,
    pub project: Option<ProjectId>,
    /// Of an issue alert.
    pub issue: Option<IssueId>,
    pub began_at: Timestamp,
    /// How often the rule fired while it lasted.
    pub firings: u64,
    /// When the first message was sent, by channel. Empty: nobody was told.
    pub first_sent: BTreeMap<String, Timestamp>,
    /// When a person first did something about it after the first message.
    pub acknowledged_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub is_false_alarm: bool,
}

impl Alert {
    /// The first message of all, or by one channel.
    pub fn sent_at(&self, channel: Option<&str>) -> Option<Timestamp> {
        match channel {
            Some(channel) => self.first_sent.get(channel).copied(),
            None => self.first_sent.values().min().copied(),
        }
    }
}

/// What counts as seeing to an alert when a person does it.
const ACKNOWLEDGED: [ActivityKind; 7] = [
    ActivityKind::Assigned,
    ActivityKind::Note,
    ActivityKind::MarkReviewed,
    ActivityKind::SetResolved,
    ActivityKind::SetResolvedInRelease,
    ActivityKind::SetResolvedInCommit,
    ActivityKind::SetResolvedByAge,
];

/// What ends it for good, whoever does it.
const RESOLVED: [ActivityKind; 4] = [
    ActivityKind::SetResolved,
    ActivityKind::SetResolvedInRelease,
    ActivityKind::SetResolvedInCommit,
    ActivityKind::SetResolvedByAge,
];

/// All kinds of activities that matter to alerts.
pub(super) const REACTIONS: [ActivityKind; 8] = [
    ActivityKind::Assigned,
    ActivityKind::Note,
    ActivityKind::MarkReviewed,
    ActivityKind::SetResolved,
    ActivityKind::SetResolvedInRelease,
    ActivityKind::SetResolvedInCommit,
    ActivityKind::SetResolvedByAge,
    ActivityKind::SetIgnored,
];

fn acknowledges(reaction: &Reaction) -> bool {
    reaction.user.is_some() && ACKNOWLEDGED.contains(&reaction.kind)
}

fn ends(reaction: &Reaction) -> bool {
    reaction.kind == ActivityKind::SetIgnored || RESOLVED.contains(&reaction.kind)
}

/// When the first message of each notification was sent, by channel.
pub(super) type Sent = HashMap<NotificationId, BTreeMap<String, Timestamp>>;

/// The alerts that these firings are: of each rule and issue, from a firing until the issue is resolved or archived.
/// `firings` and `reactions` have the oldest first.
pub(super) fn of_firings(
    firings: &[Fired],
    reactions: &[Reaction],
    false_alarms: &HashSet<FiringId>,
    sent: &Sent,
) -> Vec<Alert> {
    let mut by_pair: BTreeMap<(AlertRuleId, IssueId), Vec<&Fired>> = BTreeMap::new();
    for fired in firings {
        by_pair.entry((fired.rule, fired.issue)).or_default().push(fired);
    }
    let mut by_issue: HashMap<IssueId, Vec<&Reaction>> = HashMap::new();
    for reaction in reactions {
        by_issue.entry(reaction.issue).or_default().push(reaction);
    }
    let mut alerts = Vec::new();
    for ((_, issue), fired) in by_pair {
        let reactions = by_issue.get(&issue).map_or(&[][..], Vec::as_slice);
        let mut rest = fired.as_slice();
        while let Some(first) = rest.first() {
            let end = reactions
                .iter()
                .copied()
                .find(|reaction| ends(reaction) && reaction.at > first.at);
            let same = rest.partition_point(|fired| end.is_none_or(|end| fired.at <= end.at));
            let (own, later) = rest.split_at(same.max(1));
            alerts.push(alert(own, reactions, end, false_alarms, sent));
            rest = later;
        }
    }
    alerts
}

fn alert(
    fired: &[&Fired],
    reactions: &[&Reaction],
    end: Option<&Reaction>,
    false_alarms: &HashSet<FiringId>,
    sent: &Sent,
) -> Alert {
    let first = fired[0];
    let mut first_sent: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (channel, at) in fired.iter().filter_map(|fired| sent.get(&fired.notification)).flatten() {
        let known = first_sent.entry(channel.clone()).or_insert(*at);
        *known = (*known).min(*at);
    }
    let told_at = first_sent.values().min().copied();
    let mut alert = Alert {
        rule: RuleRef::Issue(first.rule),
        project: Some(first.project),
        issue: Some(first.issue),
        began_at: first.at,
        firings: fired.len() as u64,
        first_sent,
        acknowledged_at: None,
        resolved_at: None,
        is_false_alarm: fired.iter().any(|fired| false_alarms.contains(&fired.id)),
    };
    let Some(told_at) = told_at else { return alert };
    // Those of the time that it lasted, with what ended it.
    let during = |reaction: &&&Reaction| reaction.at >= told_at && end.is_none_or(|end| reaction.at <= end.at);
    let first_action = reactions.iter().filter(during).find(|reaction| acknowledges(reaction));
    alert.acknowledged_at = first_action.map(|reaction| reaction.at);
    if let Some(end) = end.filter(|end| end.at >= told_at) {
        if end.kind != ActivityKind::SetIgnored {
            alert.resolved_at = Some(end.at);
        } else if end.user.is_some() && alert.acknowledged_at.is_none() {
            alert.is_false_alarm = true;
        }
    }
    alert
}

#[cfg(test)]
mod tests {
    use model::UserId;

    use super::*;

    const RULE: AlertRuleId = AlertRuleId(1);
    const ISSUE: IssueId = IssueId(5);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + minute * 60)
    }

    fn fired(number: i64, minute: i64) -> Fired {
        Fired {
            id: FiringId(number),
            rule: RULE,
            project: ProjectId(2),
            issue: ISSUE,
            notification: NotificationId(number),
            at: at(minute),
        }
    }

    fn done(kind: ActivityKind, user: Option<i64>, minute: i64) -> Reaction {
        Reaction {
            issue: ISSUE,
            kind,
            user: user.map(UserId),
            at: at(minute),
        }
    }

    /// A message a minute after each of these firings.
    fn sent(firings: &[Fired]) -> Sent {
        let sent = |fired: &Fired| {
            let at = fired.at + std::time::Duration::from_secs(60);
            (fired.notification, BTreeMap::from([("email".to_owned(), at)]))
        };
        firings.iter().map(sent).collect()
    }

    fn alerts(firings: &[Fired], reactions: &[Reaction]) -> Vec<Alert> {
        of_firings(firings, reactions, &HashSet::new(), &sent(firings))
    }

    #[test]
    fn ops4_an_alert_lasts_until_its_issue_is_resolved_or_archived() {
        let firings = [fired(1, 0), fired(2, 10), fired(3, 30), fired(4, 60)];
        let reactions = [
            done(ActivityKind::Assigned, Some(7), 12),
            done(ActivityKind::SetResolved, Some(7), 20),
            done(ActivityKind::SetIgnored, Some(7), 40),
        ];
        let alerts = alerts(&firings, &reactions);
        let seen: Vec<_> = alerts
            .iter()
            .map(|alert| {
                let answers = (alert.acknowledged_at, alert.resolved_at, alert.is_false_alarm);
                (alert.began_at, alert.firings, answers)
            })
            .collect();
        assert_eq!(
            seen,
            [
                (at(0), 2, (Some(at(12)), Some(at(20)), false)),
                (at(30), 1, (None, None, true)),
                (at(60), 1, (None, None, false)),
            ]
        );
        assert_eq!(alerts[0].sent_at(None), Some(at(1)));
        assert_eq!(alerts[0].sent_at(Some("slack")), None);
    }

    #[test]
    fn ops4_what_programs_do_acknowledges_nothing_and_what_comes_first_counts() {
        // Assigned by an ownership rule, resolved by age: nobody saw to it, but it is over.
        let firings = [fired(1, 0)];
        let automatic = [
            done(ActivityKind::Assigned, None, 2),
            done(ActivityKind::SetResolvedByAge, None, 50),
        ];
        let found = alerts(&firings, &automatic);
        assert_eq!((found[0].acknowledged_at, found[0].resolved_at), (None, Some(at(50))));
        // Before anybody was told: no answer to a message.
        let early = [
            done(ActivityKind::Note, Some(7), 0),
            done(ActivityKind::Note, Some(8), 9),
        ];
        assert_eq!(alerts(&firings, &early)[0].acknowledged_at, Some(at(9)));
        // Archived after a comment: somebody saw to it, so it was no false alarm.
        let seen_to = [
            done(ActivityKind::Note, Some(7), 5),
            done(ActivityKind::SetIgnored, Some(7), 6),
        ];
        let found = alerts(&firings, &seen_to);
        assert_eq!(
            (found[0].acknowledged_at, found[0].is_false_alarm),
            (Some(at(5)), false)
        );
        // Archived by Tocsin itself.
        let archived = [done(ActivityKind::SetIgnored, None, 6)];
        assert!(!alerts(&firings, &archived)[0].is_false_alarm);
    }

    #[test]
    fn ops4_an_alert_that_was_marked_is_false_and_one_that_nobody_got_has_no_times() {
        let firings = [fired(1, 0), fired(2, 5)];
        let reactions = [done(ActivityKind::SetResolved, Some(7), 20)];
        let marked = of_firings(&firings, &reactions, &HashSet::from([FiringId(2)]), &sent(&firings));
        assert!(marked[0].is_false_alarm);
        let untold = of_firings(&firings, &reactions, &HashSet::new(), &Sent::new());
        assert_eq!(untold.len(), 1);
        assert_eq!(
            (
                untold[0].sent_at(None),
                untold[0].acknowledged_at,
                untold[0].resolved_at
            ),
            (None, None, None)
        );
    }
}
