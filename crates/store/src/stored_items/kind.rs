use std::fmt;

/// The kinds of items that are kept, each named as in an envelope. A name is stored, so it is never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoredItemKind {
    Session,
    /// Counts of sessions.
    Sessions,
    CheckIn,
    Profile,
    ProfileChunk,
    ReplayEvent,
    ReplayRecording,
    ReplayVideo,
    TraceMetric,
}

const NAMES: [(StoredItemKind, &str); 9] = [
    (StoredItemKind::Session, "session"),
    (StoredItemKind::Sessions, "sessions"),
    (StoredItemKind::CheckIn, "check_in"),
    (StoredItemKind::Profile, "profile"),
    (StoredItemKind::ProfileChunk, "profile_chunk"),
    (StoredItemKind::ReplayEvent, "replay_event"),
    (StoredItemKind::ReplayRecording, "replay_recording"),
    (StoredItemKind::ReplayVideo, "replay_video"),
    (StoredItemKind::TraceMetric, "trace_metric"),
];

impl StoredItemKind {
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(kind, _)| *kind)
    }

    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// What only one item can have, so that a second one is the same sent again; `None` where every item counts.
    ///
    /// A replay is put together by replay and segment, a profile by profiler and chunk (`ingest.md` §11). A check-in is
    /// updated under its id and a session under its own (§8, §9), so each of their items is kept: the newest is the
    /// state. Metrics have no id of their own.
    pub(super) fn natural_key(self, key: &str, part: &str, position: i64) -> Option<String> {
        match self {
            Self::ReplayEvent | Self::ReplayRecording | Self::ReplayVideo => Some(format!("{key}/{position}")),
            Self::Profile => Some(key.to_owned()),
            Self::ProfileChunk => Some(format!("{key}/{part}")),
            Self::Session | Self::Sessions | Self::CheckIn | Self::TraceMetric => None,
        }
    }
}

impl fmt::Display for StoredItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
