use std::time::Duration;

use protocol::envelope::Limits;

/// The limits of what is accepted. Sizes of items are in [`Limits`], as SDKs know them (`ingest.md` §1.5).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// Largest body as it is sent, compressed or not, in bytes.
    pub max_body_bytes: u64,
    /// Most bytes of bodies that are held in memory at a time, over all requests. Beyond it requests are refused.
    pub max_buffered_bytes: u64,
    /// Longest pause between two pieces of a body, in seconds.
    pub body_pause_seconds: u64,
    /// Fewest bytes that a client must send in a second, on average after the first pause.
    pub body_bytes_per_second: u64,
    /// Bodies that are decompressed and checked at the same time.
    pub checks: usize,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            max_body_bytes: Limits::default().max_envelope_bytes,
            max_buffered_bytes: 256 << 20,
            body_pause_seconds: 20,
            body_bytes_per_second: 4096,
            checks: 4,
        }
    }
}

impl IngestConfig {
    pub(crate) fn body_pause(&self) -> Duration {
        Duration::from_secs(self.body_pause_seconds)
    }
}
