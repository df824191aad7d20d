//! What users and teams want to be told of: for each type of notifications an answer, in one project, in one
//! organization, or everywhere; and by which providers it comes. The narrowest answer counts, and where there is none
//! the default.

mod answers; // which of them counts,
mod change; // and how they are changed

pub use answers::Answers;
pub use change::{Holder, SettingError, list, remove, scope, set, set_many, set_providers};

/// What may be answered to a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    Always,
    /// Of alerts: of issues that are assigned to oneself or to a team of one's own.
    AssignedOnly,
    /// Of deploys: of one's own commits.
    CommittedOnly,
    /// Of what happens to issues: of those that one takes part in.
    SubscribeOnly,
    Never,
}

impl Answer {
    const ALL: [Self; 5] = [
        Self::Always,
        Self::AssignedOnly,
        Self::CommittedOnly,
        Self::SubscribeOnly,
        Self::Never,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::AssignedOnly => "assigned_only",
            Self::CommittedOnly => "committed_only",
            Self::SubscribeOnly => "subscribe_only",
            Self::Never => "never",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.name() == name)
    }
}

/// A type of notifications. `notification_type!` lists them with their answers, the default first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotificationType(&'static Row);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Row {
    name: &'static str,
    title: &'static str,
    answers: &'static [Answer],
    default: Answer,
}

const ON_OR_OFF: &[Answer] = &[Answer::Always, Answer::Never];

macro_rules! types {
    ($($name:ident = $text:literal $title:literal $answers:expr, $default:ident;)*) => {
        impl NotificationType {
            $(pub const $name: Self = Self(&Row {
                name: $text, title: $title, answers: $answers, default: Answer::$default,
            });)*

            /// All of them, in the order in which pages show them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

types! {
    ALERTS = "alerts" "Issue alerts" &[Answer::Always, Answer::AssignedOnly, Answer::Never], Always;
    WORKFLOW = "workflow" "Workflow" &[Answer::Always, Answer::SubscribeOnly, Answer::Never], SubscribeOnly;
    DEPLOY = "deploy" "Deploys" &[Answer::Always, Answer::CommittedOnly, Answer::Never], CommittedOnly;
    REPORTS = "reports" "Weekly reports" ON_OR_OFF, Always;
    // Off until somebody chooses it: it is what caps what one is told in an hour.
    SPIKE_PROTECTION = "spikeProtection" "Spike protection" ON_OR_OFF, Never;
    APPROVAL = "approval" "Approval" ON_OR_OFF, Always;
    QUOTA = "quota" "Quota" ON_OR_OFF, Always;
    QUOTA_ERRORS = "quotaErrors" "Quota of errors" ON_OR_OFF, Always;
    QUOTA_TRANSACTIONS = "quotaTransactions" "Quota of transactions" ON_OR_OFF, Always;
    QUOTA_ATTACHMENTS = "quotaAttachments" "Quota of attachments" ON_OR_OFF, Always;
    QUOTA_REPLAYS = "quotaReplays" "Quota of replays" ON_OR_OFF, Always;
    QUOTA_MONITOR_SEATS = "quotaMonitorSeats" "Quota of monitors" ON_OR_OFF, Always;
    QUOTA_UPTIME = "quotaUptime" "Quota of uptime checks" ON_OR_OFF, Always;
    QUOTA_SPANS = "quotaSpans" "Quota of spans" ON_OR_OFF, Always;
    QUOTA_PROFILE_DURATION = "quotaProfileDuration" "Quota of continuous profiles" ON_OR_OFF, Always;
    QUOTA_PROFILE_DURATION_UI = "quotaProfileDurationUI" "Quota of profiles of interfaces" ON_OR_OFF, Always;
    QUOTA_LOG_BYTES = "quotaLogBytes" "Quota of logs" ON_OR_OFF, Always;
    QUOTA_TRACE_METRIC_BYTES = "quotaTraceMetricBytes" "Quota of trace metrics" ON_OR_OFF, Always;
    QUOTA_SEER_BUDGET = "quotaSeerBudget" "Quota of the assistant's budget" ON_OR_OFF, Always;
    QUOTA_SEER_USERS = "quotaSeerUsers" "Quota of the assistant's users" ON_OR_OFF, Always;
    QUOTA_SIZE_ANALYSES = "quotaSizeAnalyses" "Quota of size analyses" ON_OR_OFF, Always;
    QUOTA_WARNINGS = "quotaWarnings" "Warnings before a quota is used up" ON_OR_OFF, Always;
    QUOTA_THRESHOLDS = "quotaThresholds" "Thresholds of quotas" ON_OR_OFF, Always;
    QUOTA_SPEND_ALLOCATIONS = "quotaSpendAllocations" "Shares of quotas" ON_OR_OFF, Always;
    MISSING_MEMBERS = "missingMembers" "Missing members" ON_OR_OFF, Always;
    BROKEN_MONITORS = "brokenMonitors" "Broken monitors" ON_OR_OFF, Always;
}

impl NotificationType {
    pub fn name(self) -> &'static str {
        self.0.name
    }

    pub fn title(self) -> &'static str {
        self.0.title
    }

    pub fn answers(self) -> &'static [Answer] {
        self.0.answers
    }

    /// What holds where nothing was said.
    pub fn default(self) -> Answer {
        self.0.default
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// One of the types that are about quotas.
    pub fn is_quota(self) -> bool {
        self.name().starts_with("quota")
    }

    /// The answer of this name, if it may be given to this type.
    pub fn answer(self, name: &str) -> Option<Answer> {
        Answer::from_name(name).filter(|answer| self.answers().contains(answer))
    }
}

/// By what a notification comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    Email,
    Slack,
    MsTeams,
    Discord,
    /// The browsers that a user has allowed to show notifications.
    Browser,
}

impl Provider {
    pub const ALL: [Self; 5] = [Self::Email, Self::Slack, Self::MsTeams, Self::Discord, Self::Browser];

    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Slack => "slack",
            Self::MsTeams => "msteams",
            Self::Discord => "discord",
            Self::Browser => "browser",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Email => "E-mail",
            Self::Slack => "Slack",
            Self::MsTeams => "Microsoft Teams",
            Self::Discord => "Discord",
            Self::Browser => "Browser",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// The channel that sends for it.
    pub fn channel(self) -> &'static str {
        match self {
            Self::Browser => "web_push",
            other => other.name(),
        }
    }

    /// Whether it is used where nothing was said.
    pub fn is_default(self) -> bool {
        matches!(self, Self::Email | Self::Slack)
    }
}

/// Where an answer holds. The narrowest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Of a user or a team: everywhere.
    Everywhere,
    Organization(model::OrganizationId),
    Project(model::ProjectId),
}
