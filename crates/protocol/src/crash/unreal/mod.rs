//! Crashes of the Unreal Engine: one archive of files, packed with zlib, among them a description of the crash in XML, a
//! log, and a minidump or a report of Apple's systems (`ingest.md` §10.5).

mod archive;
mod context;
mod log;
mod xml;

pub use archive::{FileKind, UnrealCrash, UnrealFile};
pub use context::Description;

use super::{apple, minidump};
use crate::event::Object;

/// The reason of an archive that cannot be read.
const INVALID: &str = "process_unreal";

/// What an archive says of its event, and what somebody wrote about it.
pub fn describe(event: &mut Object, crash: &UnrealCrash) -> Option<String> {
    let file = |kind: FileKind| crash.files().find(|file| file.kind() == kind).map(|file| file.bytes);
    let description = file(FileKind::Context).map(Description::read).unwrap_or_default();
    description.merge_into(event);
    if let Some(text) = file(FileKind::Log) {
        log::add_breadcrumbs(event, text);
    }
    if let Some(dump) = file(FileKind::Minidump) {
        match minidump::Minidump::unpack(dump, None) {
            Ok(dump) => minidump::describe(event, &dump),
            Err(_) => minidump::describe_unread(event),
        }
    } else if let Some(report) = file(FileKind::AppleCrashReport) {
        apple::describe(event, report);
    } else {
        super::placeholder(
            event,
            "UnrealCrash",
            description.error_message().unwrap_or("Unreal Engine crash"),
            "unreal",
        );
    }
    description.user_description()
}

#[cfg(test)]
mod tests;
