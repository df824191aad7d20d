//! Session replays: what a person saw, in segments (`ingest.md` §11). A segment is an event with a recording, or both and
//! a film in one item.

mod elements;
mod event;
pub mod recording;
mod video;

pub use event::{ReplayEvent, ReplayType};
pub use video::ReplayVideo;
