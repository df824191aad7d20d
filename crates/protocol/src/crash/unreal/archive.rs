use super::INVALID;
use crate::{
    crash::{apple, minidump},
    items::{Invalid, attachment::AttachmentType},
    unpack::Packing,
};

/// Marks the newer form, in which the head stands only at the start.
const MARK: &[u8] = b"CR1";
const MAX_FILES: usize = 100;
const MAX_NAME_BYTES: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Minidump,
    AppleCrashReport,
    Log,
    Config,
    /// `CrashContext.runtime-xml`.
    Context,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnrealFile<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

impl UnrealFile<'_> {
    pub fn kind(&self) -> FileKind {
        match self.name {
            "CrashReportClient.ini" => FileKind::Config,
            "CrashContext.runtime-xml" => FileKind::Context,
            name if name.ends_with(".log") => FileKind::Log,
            _ if minidump::is_minidump(self.bytes) => FileKind::Minidump,
            _ if apple::is_crash_report(self.bytes) => FileKind::AppleCrashReport,
            _ => FileKind::Other,
        }
    }

    /// What it is as an attachment of the event.
    pub fn attachment_type(&self) -> AttachmentType {
        match self.kind() {
            FileKind::Minidump => AttachmentType::Minidump,
            FileKind::AppleCrashReport => AttachmentType::AppleCrashReport,
            FileKind::Log => AttachmentType::UnrealLogs,
            FileKind::Context => AttachmentType::UnrealContext,
            FileKind::Config | FileKind::Other => AttachmentType::Attachment,
        }
    }
}

/// The files of a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnrealCrash {
    /// The folder of the crash on the machine where it happened.
    pub name: String,
    bytes: Vec<u8>,
    files: Vec<(String, std::ops::Range<usize>)>,
}

impl UnrealCrash {
    pub fn parse(packed: &[u8]) -> Result<Self, Invalid> {
        if packed.is_empty() {
            return Err(Invalid::new("no_data", "the body is empty"));
        }
        let unpacked = Packing::Zlib.unpack(packed, minidump::MAX_BYTES);
        Self::parse_unpacked(unpacked.map_err(|error| Invalid::new(INVALID, error.to_string()))?)
    }

    /// The archive without its packing.
    pub fn parse_unpacked(bytes: Vec<u8>) -> Result<Self, Invalid> {
        let (name, files) = read(&bytes).ok_or_else(|| Invalid::new(INVALID, "the archive breaks off"))?;
        Ok(Self { name, bytes, files })
    }

    pub fn files(&self) -> impl Iterator<Item = UnrealFile<'_>> {
        self.files.iter().map(|(name, range)| UnrealFile {
            name,
            bytes: &self.bytes[range.clone()],
        })
    }
}

type Files = Vec<(String, std::ops::Range<usize>)>;

fn read(bytes: &[u8]) -> Option<(String, Files)> {
    let mut reader = Reader { bytes, at: 0 };
    if bytes.starts_with(MARK) {
        reader.take(MARK.len())?;
        let head = reader.head()?;
        let files = reader.files(head.files)?;
        reader.is_at_end().then_some((head.name, files))
    } else {
        // The head at the start is written before anything is known, and once more at the end with what is.
        let count = Reader {
            bytes,
            at: bytes.len().checked_sub(4)?,
        }
        .number()?;
        reader.head()?;
        let files = reader.files(count)?;
        let head = reader.head()?;
        reader.is_at_end().then_some((head.name, files))
    }
}

struct Head {
    name: String,
    files: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let number = u32::from_le_bytes(self.take(4)?.try_into().ok()?);
        usize::try_from(number).ok()
    }

    /// A text with its length before it and zeros behind it.
    fn text(&mut self) -> Option<String> {
        let length = self.number().filter(|length| *length <= MAX_NAME_BYTES)?;
        let text = String::from_utf8_lossy(self.take(length)?);
        Some(text.trim_end_matches('\0').replace('\0', "\u{fffd}"))
    }

    fn head(&mut self) -> Option<Head> {
        let name = self.text()?;
        self.text()?;
        let _unpacked_size = self.number()?;
        Some(Head {
            name,
            files: self.number()?,
        })
    }

    fn files(&mut self, count: usize) -> Option<Files> {
        if count > MAX_FILES {
            return None;
        }
        let mut files = Vec::with_capacity(count);
        for _ in 0..count {
            let _index = self.number()?;
            let name = self.text()?;
            let length = self.number()?;
            let start = self.at;
            self.take(length)?;
            files.push((name, start..self.at));
        }
        Some(files)
    }

    fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }
}
