//! A rule ready for use, and what is seen of it in an event.

use std::{fmt, str::FromStr, sync::Arc};

use model::{AlertRuleId, Level};
use protocol::event::Event;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    check::{Check, EventCheck},
    reason::Reason,
    rule::IssueRule,
};

/// A rule with what tells it and its state apart. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    id: AlertRuleId,
    revision: i64,
    rule: Arc<IssueRule>,
}

/// What a rule asks of an event alone, answered. It goes along with the event, so it is small: one short text in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    rule: AlertRuleId,
    revision: i64,
    is_in_environment: bool,
    is_fatal: bool,
    /// A bit for each [`EventCheck`], in the order of [`event_checks`].
    holds: u128,
}

impl CompiledRule {
    pub fn new(id: AlertRuleId, revision: i64, rule: impl Into<Arc<IssueRule>>) -> Self {
        Self {
            id,
            revision,
            rule: rule.into(),
        }
    }

    pub fn id(&self) -> AlertRuleId {
        self.id
    }

    /// Facts of another revision answer other questions.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    pub fn rule(&self) -> &IssueRule {
        &self.rule
    }

    /// That it fired for the same issue within its interval.
    pub fn too_soon(&self) -> Reason {
        let minutes = self.rule.frequency_minutes;
        Reason::new("interval", format!("{minutes} minute(s)"), "")
    }

    /// Whether [`Self::facts`] needs the tags of an event.
    pub fn asks_for_tags(&self) -> bool {
        event_checks(&self.rule).any(|check| matches!(check, EventCheck::Tag(_)))
    }

    /// What an event answers; `tags` are all that it can be searched by (`normalize::index_tags`).
    pub fn facts(&self, event: &Event, tags: &[(String, String)]) -> Facts {
        let wanted = self.rule.environment.as_deref();
        let holds = event_checks(&self.rule)
            .enumerate()
            .filter(|(_, check)| check.holds(event, tags))
            .fold(0, |holds, (place, _)| holds | bit(place));
        Facts {
            rule: self.id,
            revision: self.revision,
            is_in_environment: wanted.is_none_or(|wanted| event.environment.as_deref().unwrap_or_default() == wanted),
            is_fatal: event.level.unwrap_or_default() == Level::Fatal,
            holds,
        }
    }
}

/// All that an event answers by itself, in the order in which a rule asks.
fn event_checks(rule: &IssueRule) -> impl Iterator<Item = &EventCheck> {
    let more = rule.more.iter().flat_map(|branch| &branch.filters);
    let checks = rule.conditions.iter().chain(&rule.filters).chain(more);
    checks.filter_map(|check| match check {
        Check::Event(check) => Some(check),
        _ => None,
    })
}

/// That of a place; a rule has no more places than there are bits.
fn bit(place: usize) -> u128 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_u128.checked_shl(place))
        .unwrap_or(0)
}

impl Facts {
    pub fn rule(&self) -> AlertRuleId {
        self.rule
    }

    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Whether the event's level is fatal.
    pub fn is_fatal(&self) -> bool {
        self.is_fatal
    }

    /// Whether the event is of the rule's environment, if it has one.
    pub fn is_in_environment(&self) -> bool {
        self.is_in_environment
    }

    pub(crate) fn holds(&self, place: usize) -> bool {
        self.holds & bit(place) != 0
    }
}

/// `rule.revision.flags.bits`
impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_in_environment) | u8::from(self.is_fatal) << 1;
        write!(f, "{}.{}.{flags}.{:x}", self.rule, self.revision, self.holds)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not what an event answered to a rule")]
pub struct ParseFactsError;

impl FromStr for Facts {
    type Err = ParseFactsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(ParseFactsError);
        let rule = next()?.parse().map_err(|_| ParseFactsError)?;
        let revision = next()?.parse().map_err(|_| ParseFactsError)?;
        let flags: u8 = next()?.parse().map_err(|_| ParseFactsError)?;
        let holds = u128::from_str_radix(next()?, 16).map_err(|_| ParseFactsError)?;
        if parts.next().is_some() {
            return Err(ParseFactsError);
        }
        Ok(Self {
            rule,
            revision,
            is_in_environment: flags & 1 != 0,
            is_fatal: flags & 2 != 0,
            holds,
        })
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
