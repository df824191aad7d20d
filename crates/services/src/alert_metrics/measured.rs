//! The numbers.

use std::time::Duration;

use super::{Alert, Message, delivery::Fate};

/// How alerts were answered, and how their messages arrived.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    pub alerts: u64,
    /// How often rules fired: an alert may be fired for again while it lasts.
    pub firings: u64,
    /// Alerts of which somebody was told.
    pub told: u64,
    pub acknowledged: u64,
    pub resolved: u64,
    pub false_alarms: u64,
    /// From the first message to the first thing that a person did.
    pub to_acknowledge: Times,
    /// From the first message to the resolution.
    pub to_resolve: Times,
    /// Messages whose end is known, and those of them that arrived.
    pub attempted: u64,
    pub delivered: u64,
    /// Messages that are still on their way, and those that took more than one attempt.
    pub pending: u64,
    pub retried: u64,
}

/// Of some spans of time. `None`: there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    pub mean: Option<Duration>,
    /// Of an even number the mean of the two in the middle.
    pub median: Option<Duration>,
}

impl Times {
    fn of(mut spans: Vec<Duration>) -> Self {
        let Some(number) = u32::try_from(spans.len()).ok().filter(|number| *number > 0) else {
            return Self::default();
        };
        spans.sort_unstable();
        let middle = spans.len() / 2;
        let median = if spans.len() % 2 == 1 {
            spans[middle]
        } else {
            (spans[middle - 1] + spans[middle]) / 2
        };
        Self {
            mean: Some(spans.iter().sum::<Duration>() / number),
            median: Some(median),
        }
    }
}

impl Measured {
    /// With a channel: as those saw it who are told by it.
    pub(super) fn of<'a>(
        alerts: impl IntoIterator<Item = &'a Alert>,
        messages: impl IntoIterator<Item = &'a Message>,
        channel: Option<&str>,
    ) -> Self {
        let mut measured = Self::default();
        let (mut to_acknowledge, mut to_resolve) = (Vec::new(), Vec::new());
        for alert in alerts {
            let sent_at = alert.sent_at(channel);
            if channel.is_some() && sent_at.is_none() {
                continue;
            }
            measured.alerts += 1;
            measured.firings += alert.firings;
            measured.false_alarms += u64::from(alert.is_false_alarm);
            let Some(sent_at) = sent_at else { continue };
            measured.told += 1;
            // Another channel may have been faster than this one: what was done before it told anybody is not its merit.
            if let Some(at) = alert.acknowledged_at.filter(|at| *at >= sent_at) {
                measured.acknowledged += 1;
                to_acknowledge.push(at.since(sent_at));
            }
            if let Some(at) = alert.resolved_at.filter(|at| *at >= sent_at) {
                measured.resolved += 1;
                to_resolve.push(at.since(sent_at));
            }
        }
        for message in messages {
            if channel.is_some_and(|channel| channel != message.channel) {
                continue;
            }
            match message.fate {
                Fate::Delivered => measured.delivered += 1,
                Fate::Pending => measured.pending += 1,
                Fate::Failed | Fate::Dropped => {}
            }
            measured.attempted += u64::from(matches!(message.fate, Fate::Delivered | Fate::Failed));
            measured.retried += u64::from(message.is_retried);
        }
        measured.to_acknowledge = Times::of(to_acknowledge);
        measured.to_resolve = Times::of(to_resolve);
        measured
    }

    /// Of the alerts of which somebody was told.
    pub fn acknowledgement_rate(&self) -> Option<f64> {
        share(self.acknowledged, self.told)
    }

    /// Of all alerts.
    pub fn false_alarm_rate(&self) -> Option<f64> {
        share(self.false_alarms, self.alerts)
    }

    /// Of the messages whose end is known.
    pub fn delivery_rate(&self) -> Option<f64> {
        share(self.delivered, self.attempted)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{AlertRuleId, Timestamp};

    use super::*;
    use crate::alert_metrics::RuleRef;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + minute * 60)
    }

    fn minutes(minutes: u64) -> Option<Duration> {
        Some(Duration::from_secs(minutes * 60))
    }

    fn alert(sent: &[(&str, i64)], acknowledged: Option<i64>, resolved: Option<i64>, is_false_alarm: bool) -> Alert {
        let sent = sent
            .iter()
            .map(|(channel, minute)| ((*channel).to_owned(), at(*minute)));
        Alert {
            rule: RuleRef::Issue(AlertRuleId(1)),
            project: None,
            issue: None,
            began_at: at(0),
            firings: 2,
            first_sent: sent.collect::<BTreeMap<_, _>>(),
            acknowledged_at: acknowledged.map(at),
            resolved_at: resolved.map(at),
            is_false_alarm,
        }
    }

    fn message(channel: &str, fate: Fate, is_retried: bool) -> Message {
        Message {
            project: None,
            rules: Vec::new(),
            channel: channel.to_owned(),
            created_at: at(0),
            fate,
            is_retried,
        }
    }

    #[test]
    fn ops4_four_alerts_give_exactly_these_numbers() {
        let alerts = [
            alert(&[("email", 1), ("webhook", 3)], Some(2), Some(11), false),
            alert(&[("email", 0)], Some(3), Some(60), false),
            alert(&[("email", 0)], Some(8), None, false),
            alert(&[("email", 0)], None, None, true),
        ];
        let messages = [
            message("email", Fate::Delivered, false),
            message("email", Fate::Delivered, true),
            message("email", Fate::Failed, false),
            message("webhook", Fate::Delivered, false),
            message("webhook", Fate::Pending, true),
            message("webhook", Fate::Dropped, false),
        ];
        let all = Measured::of(&alerts, &messages, None);
        assert_eq!((all.alerts, all.firings, all.told), (4, 8, 4));
        assert_eq!((all.acknowledged, all.resolved, all.false_alarms), (3, 2, 1));
        // 1, 3 and 8 minutes; 10 and 60.
        assert_eq!(
            (all.to_acknowledge.mean, all.to_acknowledge.median),
            (minutes(4), minutes(3))
        );
        assert_eq!((all.to_resolve.mean, all.to_resolve.median), (minutes(35), minutes(35)));
        assert_eq!(all.acknowledgement_rate(), Some(0.75));
        assert_eq!(all.false_alarm_rate(), Some(0.25));
        assert_eq!((all.attempted, all.delivered, all.pending, all.retried), (4, 3, 1, 2));
        assert_eq!(all.delivery_rate(), Some(0.75));

        // By webhook it was told after somebody had acted.
        let webhook = Measured::of(&alerts, &messages, Some("webhook"));
        assert_eq!(
            (webhook.alerts, webhook.told, webhook.acknowledged, webhook.resolved),
            (1, 1, 0, 1)
        );
        assert_eq!(webhook.to_resolve.mean, minutes(8));
        assert_eq!(webhook.delivery_rate(), Some(1.0));
    }

    #[test]
    fn what_there_is_nothing_of_has_no_mean() {
        let none = Measured::of(&[], &[], None);
        assert_eq!(none, Measured::default());
        assert_eq!((none.acknowledgement_rate(), none.delivery_rate()), (None, None));
    }
}
