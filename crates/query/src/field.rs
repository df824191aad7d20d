//! What of an event can be searched, shown and summed up.

use std::fmt;

use crate::Dataset;

/// Something that an event has: a field that Tocsin knows, or a tag or attribute that its sender made up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Known(Known),
    /// A tag of an event or a text attribute of a span or log (booleans are `true` and `false`): `tags[key]`, or a key
    /// that nothing else has.
    Tag(String),
    /// A number: `measurements.lcp` (under this whole name) or a numeric attribute, `tags[key,number]`.
    Number(String),
}

/// How the values of a field look, which decides what can be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text, compared as a whole or by `*`.
    Text,
    /// Several texts: a test holds if it holds for one of them.
    Texts,
    /// A number without a unit.
    Number,
    /// Milliseconds.
    Duration,
    /// Yes or no: `1`/`0`, `true`/`false`.
    Flag,
    /// A point in time.
    Time,
    /// 32 hexadecimal digits that name the event.
    EventId,
    /// The number of a project, with its slug in answers.
    Project,
    /// An issue: asked by short id or number.
    Issue,
}

macro_rules! known_fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $(| $alias:literal)*: $kind:ident;)*) => {
        /// The fields that have a column of their own in the index.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Known { $($(#[$doc])* $variant,)* }

        impl Known {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As Sentry's Discover calls it; the name of the column, never changed.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Other names it is known by.
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*],)* }
            }

            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }

            /// By name or alias.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name $(| $alias)* => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

known_fields! {
    // What every row has.
    Id = "id" | "event_id": EventId;
    Project = "project.id" | "project_id" | "project" | "project.name": Project;
    Timestamp = "timestamp" | "time" | "event.timestamp": Time;
    ReceivedAt = "timestamp.received" | "received": Time;
    /// Computed from the hash by the bindings of the day.
    Issue = "issue" | "issue.id": Issue;
    /// The primary grouping hash.
    Hash = "hash" | "primary_hash": Text;
    /// The grouping strategy that made the hash.
    GroupingConfig = "grouping.config": Text;

    // Events.
    EventType = "event.type" | "type": Text;
    Level = "level" | "severity": Text;
    Platform = "platform" | "platform.name": Text;
    Environment = "environment": Text;
    Release = "release": Text;
    Dist = "dist": Text;
    Transaction = "transaction": Text;
    Title = "title": Text;
    Message = "message": Text;
    Culprit = "culprit": Text;
    Location = "location" | "filename": Text;
    Logger = "logger": Text;
    ServerName = "server_name": Text;
    SdkName = "sdk.name": Text;
    SdkVersion = "sdk.version": Text;
    Trace = "trace" | "trace.id": Text;
    Span = "trace.span" | "span_id": Text;
    ParentSpan = "trace.parent_span" | "parent_span": Text;
    Replay = "replayId" | "replay.id" | "replay_id": Text;
    Profile = "profile.id" | "profile_id": Text;

    // Who.
    /// `id:…`, `username:…`, `email:…` or `ip:…`.
    User = "user": Text;
    UserId = "user.id": Text;
    UserEmail = "user.email": Text;
    UserName = "user.username" | "user.name": Text;
    UserIp = "user.ip": Text;
    GeoCountry = "geo.country_code": Text;
    GeoRegion = "geo.region": Text;
    GeoCity = "geo.city": Text;
    GeoSubdivision = "geo.subdivision": Text;

    // Requests.
    HttpMethod = "http.method": Text;
    HttpUrl = "http.url": Text;
    HttpReferer = "http.referer": Text;
    HttpStatus = "http.status_code": Text;

    // Errors.
    ErrorType = "error.type": Texts;
    ErrorValue = "error.value": Texts;
    ErrorMechanism = "error.mechanism": Texts;
    ErrorHandled = "error.handled": Flag;
    ErrorMainThread = "error.main_thread": Flag;
    StackFilename = "stack.filename": Texts;
    StackModule = "stack.module": Texts;
    StackFunction = "stack.function": Texts;
    StackPackage = "stack.package": Texts;

    // Transactions and spans.
    Op = "transaction.op" | "span.op": Text;
    Status = "transaction.status" | "span.status": Text;
    Source = "transaction.source": Text;
    Duration = "transaction.duration" | "span.duration": Duration;
    SelfTime = "span.self_time" | "span.exclusive_time": Duration;
    Description = "span.description": Text;
    SpanGroup = "span.group": Text;
    SpanCategory = "span.category" | "span.module": Text;
    SpanAction = "span.action": Text;
    SpanDomain = "span.domain": Text;
    /// The span that begins a transaction, or stands for one.
    IsSegment = "is_transaction" | "is_segment": Flag;
    Segment = "segment.id" | "transaction.span_id": Text;

    // Logs.
    SeverityNumber = "severity_number": Number;
}

impl Known {
    /// Those that are shown among the tags of an event, under these names (`ingest.md` §3.8): they are not kept twice.
    pub const TAGS: &[(&str, Self)] = &[
        ("dist", Self::Dist),
        ("environment", Self::Environment),
        ("level", Self::Level),
        ("logger", Self::Logger),
        ("release", Self::Release),
        ("server_name", Self::ServerName),
        ("transaction", Self::Transaction),
        ("user", Self::User),
    ];

    /// Whether rows of one of these can have it.
    pub fn occurs_in(self, datasets: &[Dataset]) -> bool {
        datasets.iter().any(|dataset| self.is_of(*dataset))
    }

    fn is_of(self, dataset: Dataset) -> bool {
        let is_event = matches!(dataset, Dataset::Errors | Dataset::Occurrences | Dataset::Transactions);
        match self {
            Self::Issue
            | Self::Hash
            | Self::GroupingConfig
            | Self::Culprit
            | Self::Location
            | Self::ErrorType
            | Self::ErrorValue
            | Self::ErrorMechanism
            | Self::ErrorHandled
            | Self::ErrorMainThread
            | Self::StackFilename
            | Self::StackModule
            | Self::StackFunction
            | Self::StackPackage => dataset.has_issues(),
            Self::EventType
            | Self::Title
            | Self::Dist
            | Self::Logger
            | Self::HttpMethod
            | Self::HttpUrl
            | Self::HttpReferer
            | Self::HttpStatus => is_event,
            Self::Level | Self::Message => dataset != Dataset::Spans,
            Self::Op | Self::Status | Self::Source | Self::Duration => {
                matches!(dataset, Dataset::Transactions | Dataset::Spans)
            }
            Self::SelfTime
            | Self::Description
            | Self::SpanGroup
            | Self::SpanCategory
            | Self::SpanAction
            | Self::SpanDomain
            | Self::IsSegment
            | Self::Segment => dataset == Dataset::Spans,
            Self::SeverityNumber => dataset == Dataset::Logs,
            _ => true,
        }
    }

    /// The field behind a tag key, also under the key that SDKs and older answers use for it.
    pub fn of_tag(key: &str) -> Option<Self> {
        let key = key.strip_prefix("sentry:").unwrap_or(key);
        Self::TAGS.iter().find(|(tag, _)| *tag == key).map(|(_, field)| *field)
    }
}

impl Field {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Known(known) => known.kind(),
            Self::Tag(_) => Kind::Text,
            // `measurements.*` of time are milliseconds already.
            Self::Number(_) => Kind::Number,
        }
    }
}

/// The name in answers.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => f.write_str(known.name()),
            Self::Tag(key) => f.write_str(key),
            Self::Number(key) => f.write_str(key),
        }
    }
}
