use std::{fmt, io::SeekFrom, ops::Range, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path};
use sqlx::any::AnyRow;

use super::File;
use crate::{Error, row::Column as _};

/// The content of a file, read from the objects that hold it.
#[derive(Clone)]
pub struct FileReader {
    objects: Arc<dyn ObjectStore>,
    file: Arc<File>,
    parts: Arc<[Part]>,
    position: u64,
}

/// Bytes of a file that are one object.
#[derive(Debug, Clone)]
pub(super) struct Part {
    start: u64,
    size: u64,
    path: Path,
}

impl Part {
    pub(super) fn read(row: &AnyRow) -> Result<Self, Error> {
        let start = row.int("start_byte")?;
        Ok(Self {
            start: u64::try_from(start).map_err(|_| Error::Corrupt("column start_byte is negative".to_owned()))?,
            size: super::size(row)?,
            path: Path::from(row.text("path")?),
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("an object of the file {file} cannot be read")]
    Object {
        file: model::FileId,
        source: object_store::Error,
    },
    #[error("an object of the file {0} has not the size that it was written with")]
    Damaged(model::FileId),
    #[error("the position lies before the file")]
    BeforeStart,
}

impl FileReader {
    pub(super) fn new(objects: Arc<dyn ObjectStore>, file: File, parts: Vec<Part>) -> Result<Self, Error> {
        let mut end = 0;
        for part in &parts {
            if part.start != end {
                return Err(Error::Corrupt(format!("the blobs of file {} have a gap", file.id)));
            }
            end += part.size;
        }
        if end != file.size {
            return Err(Error::Corrupt(format!(
                "the blobs of file {} are not all there",
                file.id
            )));
        }
        Ok(Self {
            objects,
            file: Arc::new(file),
            parts: parts.into(),
            position: 0,
        })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Moves the position where [`Self::read`] goes on, and returns it. Behind the end is allowed: nothing is read there.
    pub fn seek(&mut self, to: SeekFrom) -> Result<u64, ReadError> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.file.size.checked_add_signed(by),
        };
        self.position = position.ok_or(ReadError::BeforeStart)?;
        Ok(self.position)
    }

    /// The next bytes, `max` of them unless the file ends before; none at its end.
    pub async fn read(&mut self, max: usize) -> Result<Bytes, ReadError> {
        let end = self.position.saturating_add(u64::try_from(max).unwrap_or(u64::MAX));
        let bytes = self.read_range(self.position..end).await?;
        self.position += bytes.len() as u64;
        Ok(bytes)
    }

    /// These bytes, as far as the file has them. All are held in memory: for a whole file see [`Self::stream`].
    pub async fn read_range(&self, range: Range<u64>) -> Result<Bytes, ReadError> {
        let range = self.clamp(range);
        let mut start = range.start;
        let first = self.read_part(start..range.end).await?;
        start += first.len() as u64;
        if start == range.end {
            return Ok(first);
        }
        let mut bytes = BytesMut::from(first);
        while start < range.end {
            let part = self.read_part(start..range.end).await?;
            start += part.len() as u64;
            bytes.extend_from_slice(&part);
        }
        Ok(bytes.freeze())
    }

    /// These bytes, as far as the file has them, in pieces of at most a blob.
    pub fn stream(&self, range: Range<u64>) -> impl Stream<Item = Result<Bytes, ReadError>> + Send + 'static {
        let range = self.clamp(range);
        stream::try_unfold((self.clone(), range), |(reader, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let bytes = reader.read_part(range.clone()).await?;
            let rest = range.start + bytes.len() as u64..range.end;
            Ok(Some((bytes, (reader, rest))))
        })
    }

    fn clamp(&self, range: Range<u64>) -> Range<u64> {
        let end = range.end.min(self.file.size);
        range.start.min(end)..end
    }

    /// The beginning of a range that lies in the file, as far as one object has it. Nothing only of an empty range.
    async fn read_part(&self, range: Range<u64>) -> Result<Bytes, ReadError> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let index = self.parts.partition_point(|part| part.start + part.size <= range.start);
        let part = &self.parts[index];
        let within = range.start - part.start..(range.end - part.start).min(part.size);
        let wanted = within.end - within.start;
        let failed = |source| ReadError::Object {
            file: self.file.id,
            source,
        };
        let bytes = self.objects.get_range(&part.path, within).await.map_err(failed)?;
        if bytes.len() as u64 != wanted {
            return Err(ReadError::Damaged(self.file.id));
        }
        Ok(bytes)
    }
}

impl fmt::Debug for FileReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileReader")
            .field("file", &self.file)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
