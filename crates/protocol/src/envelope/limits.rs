use super::{ItemHeaders, ItemType};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// What an envelope may hold at most.
#[derive(Debug, Clone)]
pub struct Limits {
    /// All of it, decompressed, in bytes.
    pub max_envelope_bytes: u64,
    /// One line of headers, in bytes.
    pub max_header_bytes: usize,
    /// Items of every kind, unknown ones too: without it, tiny items make a list of millions.
    pub max_items: usize,
    pub items: ItemLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_envelope_bytes: 200 * MIB,
            max_header_bytes: 64 << 10,
            max_items: 1000,
            items: ItemLimits::default(),
        }
    }
}

/// What the items of some kinds may take together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimit {
    /// One item, in bytes; of a container, the mean of its members.
    pub item_bytes: u64,
    /// Items of these kinds in an envelope; `None` where more than one is told apart later (a second event is no
    /// matter of size: `duplicate_item`).
    pub count: Option<usize>,
    /// All items of these kinds in an envelope, in bytes.
    pub total_bytes: u64,
}

/// The table of `ingest.md` §1.5: kinds in one row share their count and their sum.
#[derive(Debug, Clone)]
pub struct ItemLimits {
    rows: [SizeLimit; ROWS],
}

const ROWS: usize = 14;

impl Default for ItemLimits {
    fn default() -> Self {
        let row = |item_bytes, count, total_bytes| SizeLimit {
            item_bytes,
            count: Some(count),
            total_bytes,
        };
        let single = SizeLimit {
            item_bytes: MIB,
            count: None,
            total_bytes: MIB,
        };
        let rows = [
            single,
            row(200 * MIB, 30, 200 * MIB),
            row(10 * MIB, 1, 10 * MIB),
            row(100 * MIB, 1, 100 * MIB),
            row(10 * MIB, 100, 10 * MIB),
            row(100 * KIB, 100, 100 * KIB),
            row(50 * MIB, 1, 50 * MIB),
            row(100 * KIB, 1, 100 * KIB),
            row(MIB, 1, MIB),
            row(2 * MIB, 1, 12 * MIB),
            row(MIB, 1, 12 * MIB),
            row(10 * MIB, 1, 12 * MIB),
            row(10 * MIB, 25, 12 * MIB),
            SizeLimit {
                item_bytes: u64::MAX,
                count: None,
                total_bytes: u64::MAX,
            },
        ];
        Self { rows }
    }
}

impl ItemLimits {
    fn row_of(headers: &ItemHeaders) -> usize {
        match headers.item_type {
            ItemType::Event
            | ItemType::Transaction
            | ItemType::Security
            | ItemType::RawSecurity
            | ItemType::Nel
            | ItemType::Feedback
            | ItemType::FormData
            | ItemType::ReplayEvent => 0,
            ItemType::Attachment | ItemType::UnrealReport | ItemType::UserReport => 1,
            ItemType::ReplayRecording => 2,
            ItemType::ReplayVideo => 3,
            ItemType::Session | ItemType::Sessions => 4,
            ItemType::ClientReport => 5,
            ItemType::Profile | ItemType::ProfileChunk => 6,
            ItemType::CheckIn => 7,
            ItemType::Statsd | ItemType::MetricBuckets | ItemType::MetricMeta => 8,
            ItemType::Log => 9,
            ItemType::TraceMetric => 10,
            ItemType::Span if headers.is_container() => 11,
            ItemType::Span | ItemType::OtelSpan => 12,
            ItemType::Unknown(_) => 13,
        }
    }

    pub fn of(&self, headers: &ItemHeaders) -> SizeLimit {
        self.rows[Self::row_of(headers)]
    }
}

/// What the items seen so far took.
#[derive(Debug, Default)]
pub(super) struct Usage([(usize, u64); ROWS]);

impl Usage {
    /// Counts one more item. `false`: there are too many of its kind.
    pub(super) fn start(&mut self, limits: &ItemLimits, headers: &ItemHeaders) -> bool {
        let (count, _) = &mut self.0[ItemLimits::row_of(headers)];
        *count += 1;
        limits.of(headers).count.is_none_or(|limit| *count <= limit)
    }

    /// Whether `length` more bytes fit; the item of `headers` was started.
    pub(super) fn fits(&self, limits: &ItemLimits, headers: &ItemHeaders, length: u64) -> bool {
        let limit = limits.of(headers);
        let members = if headers.is_container() {
            u64::from(headers.item_count.unwrap_or(1).max(1))
        } else {
            1
        };
        let (_, total) = self.0[ItemLimits::row_of(headers)];
        length / members <= limit.item_bytes && total.saturating_add(length) <= limit.total_bytes
    }

    pub(super) fn end(&mut self, headers: &ItemHeaders, length: u64) {
        let (_, total) = &mut self.0[ItemLimits::row_of(headers)];
        *total = total.saturating_add(length);
    }
}
