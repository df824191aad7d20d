use std::fmt;

use model::DataCategory;

macro_rules! item_types {
    ($($variant:ident $name:literal $category:expr,)*) => {
        /// The kinds of items. What is unknown is kept by name: it is counted and otherwise passed over.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum ItemType {
            $($variant,)*
            Unknown(String),
        }

        impl ItemType {
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(name) => name,
                }
            }

            /// What such an item counts as; `None` for those that no outcome is kept of. Some count in two categories:
            /// see [`super::ItemHeaders::quantities`].
            pub fn data_category(&self) -> Option<DataCategory> {
                match self {
                    $(Self::$variant => $category,)*
                    Self::Unknown(_) => None,
                }
            }
        }

        impl From<&str> for ItemType {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    // An older name of the same.
                    "profile_chunk_ui" => Self::ProfileChunk,
                    _ => Self::Unknown(name.to_owned()),
                }
            }
        }
    };
}

item_types! {
    Event "event" Some(DataCategory::Error),
    Transaction "transaction" Some(DataCategory::Transaction),
    Security "security" Some(DataCategory::Security),
    RawSecurity "raw_security" Some(DataCategory::Security),
    Feedback "feedback" Some(DataCategory::Feedback),
    UserReport "user_report" Some(DataCategory::Feedback),
    Attachment "attachment" Some(DataCategory::Attachment),
    UnrealReport "unreal_report" Some(DataCategory::Error),
    FormData "form_data" None,
    Session "session" Some(DataCategory::Session),
    Sessions "sessions" Some(DataCategory::Session),
    ClientReport "client_report" None,
    CheckIn "check_in" Some(DataCategory::Monitor),
    Profile "profile" Some(DataCategory::Profile),
    ProfileChunk "profile_chunk" Some(DataCategory::ProfileChunk),
    ReplayEvent "replay_event" Some(DataCategory::Replay),
    ReplayRecording "replay_recording" Some(DataCategory::Replay),
    ReplayVideo "replay_video" Some(DataCategory::Replay),
    Log "log" Some(DataCategory::LogItem),
    TraceMetric "trace_metric" Some(DataCategory::TraceMetric),
    Span "span" Some(DataCategory::Span),
    OtelSpan "otel_span" Some(DataCategory::Span),
    Statsd "statsd" None,
    MetricBuckets "metric_buckets" None,
    MetricMeta "metric_meta" None,
    Nel "nel" None,
}

impl fmt::Display for ItemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
