use httpkit::ApiError;
use normalize::EventMetadata;
use protocol::event::Event;
use store::events::StoredEvent;

/// A stored event, read.
#[derive(Debug)]
pub(crate) struct Document {
    pub(super) stored: StoredEvent,
    pub(super) event: Event,
    pub(super) metadata: EventMetadata,
}

impl Document {
    pub(crate) fn read(stored: StoredEvent) -> Result<Self, ApiError> {
        let event = Event::from_stored(&stored.payload).map_err(ApiError::internal)?;
        let metadata = normalize::metadata(&event);
        Ok(Self {
            stored,
            event,
            metadata,
        })
    }

    /// The hashes that the event is grouped by, the primary one first.
    pub(crate) fn hashes(&self) -> Vec<String> {
        let grouping = grouping::group(&self.event, grouping::StrategyId::NEWEST);
        grouping.hashes.iter().map(ToString::to_string).collect()
    }
}
