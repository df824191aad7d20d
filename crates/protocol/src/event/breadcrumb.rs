use model::{Level, Timestamp};

use super::{
    Object,
    decode::{decode_object, schema},
};

schema! {
    /// Something that happened before the event.
    pub struct Breadcrumb {
        timestamp "timestamp" Option<Timestamp>;
        kind "type" Option<String>;
        category "category" Option<String>;
        level "level" Option<Level>;
        message "message" Option<String>;
        data "data" Object;
    }
}
decode_object!(Breadcrumb);
