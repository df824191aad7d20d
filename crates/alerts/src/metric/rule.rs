use serde::{Deserialize, Serialize};

use super::MetricAction;

/// How many actions a trigger has at most.
pub const MOST_ACTIONS: usize = 20;

/// What is measured, over what, and from when on it is too much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricRule {
    pub name: String,
    pub dataset: Dataset,
    /// A function, as typed: `count()`, `p95(transaction.duration)`.
    pub aggregate: String,
    pub event_types: Vec<EventType>,
    /// Which events, as typed.
    pub query: String,
    pub environment: Option<String>,
    pub window_minutes: u32,
    pub direction: Direction,
    pub detection: Detection,
    /// Thresholds of a percentage are how much more or less it is than before: 50 is half as much again, or half.
    pub critical: Trigger,
    pub warning: Option<Trigger>,
    /// Where the lowest trigger ends; else where it began.
    pub resolve_threshold: Option<f64>,
    /// How many values in a row change something.
    pub period: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// None until it is saved.
    pub id: i64,
    pub threshold: f64,
    pub actions: Vec<MetricAction>,
}

/// How bad it is. The order is that of badness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Warning,
    Critical,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// On which side of a threshold it is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Above,
    Below,
    /// Of what is usual, on either side.
    Outside,
}

impl Direction {
    pub fn number(self) -> i64 {
        match self {
            Self::Above => 0,
            Self::Below => 1,
            Self::Outside => 2,
        }
    }

    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Above, Self::Below, Self::Outside]
            .into_iter()
            .find(|direction| direction.number() == number)
    }

    /// Whether a value is strictly on the bad side.
    pub fn is_beyond(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::Below => value < threshold,
            Self::Outside => value.abs() > threshold,
        }
    }
}

/// What a value is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Detection {
    /// With the thresholds.
    Static,
    /// With itself so many minutes before, as a percentage.
    Percent { minutes: u32 },
    /// With what is usual at that time of the day and week.
    Dynamic { sensitivity: Sensitivity },
}

impl Detection {
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Percent { .. } => "percent",
            Self::Dynamic { .. } => "dynamic",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    Low,
    Medium,
    High,
}

impl Sensitivity {
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sensitivity| sensitivity.name() == name)
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $type { $($(#[$of])* #[serde(rename = $name)] $variant),* }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is written.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}

named! {
    /// What is counted, in Sentry's words.
    Dataset {
        Events = "events",
        Transactions = "transactions",
        /// Transactions again, by a later name.
        GenericMetrics = "generic_metrics",
        Sessions = "sessions",
        /// Sessions again, by a later name.
        Metrics = "metrics",
        /// Spans and logs.
        AnalyticsPlatform = "events_analytics_platform",
    }
}

named! {
    EventType {
        Default = "default",
        Error = "error",
        Transaction = "transaction",
        Span = "trace_item_span",
        Log = "trace_item_log",
    }
}

impl Dataset {
    /// `queryType`: errors, performance, crash rate.
    pub fn query_type(self) -> i64 {
        match self {
            Self::Events => 0,
            Self::Transactions | Self::GenericMetrics | Self::AnalyticsPlatform => 1,
            Self::Sessions | Self::Metrics => 2,
        }
    }

    pub fn is_sessions(self) -> bool {
        self.query_type() == 2
    }

    /// The types that it may be about; the first ones stand for none named.
    pub fn event_types(self) -> &'static [EventType] {
        match self {
            Self::Events => &[EventType::Error, EventType::Default],
            Self::Transactions | Self::GenericMetrics => &[EventType::Transaction],
            Self::AnalyticsPlatform => &[EventType::Span, EventType::Log],
            Self::Sessions | Self::Metrics => &[],
        }
    }
}

/// The share of sessions, or of users, that went without a crash: in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashFree {
    Sessions,
    Users,
}

impl CrashFree {
    pub const ALL: [Self; 2] = [Self::Sessions, Self::Users];

    /// As clients write it; what they name it does not matter.
    pub fn from_aggregate(aggregate: &str) -> Option<Self> {
        let call = aggregate.split(" AS ").next().unwrap_or_default();
        let call: String = call.chars().filter(|c| !c.is_whitespace()).collect();
        match call.as_str() {
            "percentage(sessions_crashed,sessions)" => Some(Self::Sessions),
            "percentage(users_crashed,users)" => Some(Self::Users),
            _ => None,
        }
    }

    pub fn aggregate(self) -> &'static str {
        match self {
            Self::Sessions => "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
            Self::Users => "percentage(users_crashed, users) AS _crash_rate_alert_aggregate",
        }
    }
}

impl MetricRule {
    pub fn crash_free(&self) -> Option<CrashFree> {
        CrashFree::from_aggregate(&self.aggregate).filter(|_| self.dataset.is_sessions())
    }

    /// The worst first.
    pub fn triggers(&self) -> impl Iterator<Item = (Level, &Trigger)> {
        let critical = std::iter::once((Level::Critical, &self.critical));
        critical.chain(self.warning.iter().map(|trigger| (Level::Warning, trigger)))
    }

    pub fn trigger(&self, level: Level) -> Option<&Trigger> {
        match level {
            Level::Critical => Some(&self.critical),
            Level::Warning => self.warning.as_ref(),
        }
    }

    pub fn triggers_mut(&mut self) -> impl Iterator<Item = &mut Trigger> {
        std::iter::once(&mut self.critical).chain(self.warning.iter_mut())
    }

    /// What a value is compared with: a percentage that is half as much again is 150.
    pub fn compared(&self, threshold: f64) -> f64 {
        match (self.detection, self.direction) {
            (Detection::Percent { .. }, Direction::Below) => 100.0 - threshold,
            (Detection::Percent { .. }, _) => 100.0 + threshold,
            _ => threshold,
        }
    }

    /// Where the trigger ends, if that is said: only of the lowest one.
    pub fn resolves_at(&self, level: Level) -> Option<f64> {
        let is_lowest = level == Level::Warning || self.warning.is_none();
        self.resolve_threshold
            .filter(|_| is_lowest)
            .map(|threshold| self.compared(threshold))
    }

    /// Whether something is counted: of nothing there is 0.
    pub fn is_count(&self) -> bool {
        let name = self.aggregate.split('(').next().unwrap_or_default();
        matches!(name, "count" | "count_unique" | "count_if" | "failure_count")
    }

    /// Whether more rows can only make the value greater, so that a part of them already tells something.
    pub fn grows_with_rows(&self) -> bool {
        self.is_count() && self.detection == Detection::Static
    }
}
