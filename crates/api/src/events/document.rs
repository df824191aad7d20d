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

    /// The hash that decided on the issue, as it was found then.
    pub(crate) fn hash(&self) -> Option<&str> {
        Some(self.stored.hash.as_str()).filter(|hash| !hash.is_empty())
    }
}
