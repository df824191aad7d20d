use model::{EventId, Level, Timestamp};

use super::{
    Object,
    decode::{decode_object, schema},
};

schema! {
    /// Something that happened before the event.
    pub struct Breadcrumb kind BREADCRUMB {
        timestamp "timestamp" Option<Timestamp>;
        kind "type" Option<String>, pii false;
        category "category" Option<String>, pii false;
        level "level" Option<Level>;
        message "message" Option<String>;
        data "data" Object;
        /// The event that it tells of.
        event_id "event_id" Option<EventId>;
        /// Of SDKs with two parts: which of them noticed it.
        origin "origin" Option<String>, pii false;
    }
}
decode_object!(Breadcrumb);
