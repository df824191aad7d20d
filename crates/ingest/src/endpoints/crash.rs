use std::io::{self, Write};

use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::header;
use model::EventId;
use protocol::envelope::Limits;

use super::{check_bytes, hyphenated};
use crate::{
    IngestState, RecordKind,
    encoding::{self, ContentEncoding},
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// How a dump begins: in either order of bytes, or packed by gzip, xz, bzip2 or zstd.
const DUMP_STARTS: [&[u8]; 6] = [b"MDMP", b"PMDM", b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd"];

/// `POST /api/{project_id}/minidump/`: a dump as it is, or in a form with other files.
pub(crate) async fn post_minidump(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Minidump, Some(&project), None, request).await?;
    match incoming.content_type().as_str() {
        "application/octet-stream" | "application/x-dmp" => accept(incoming, body, check_dump).await,
        "multipart/form-data" => accept(incoming, body, check_not_empty).await,
        _ => Err(RequestError::UnsupportedMediaType.of(incoming.kind, incoming.owner)),
    }
}

/// `POST /api/{project_id}/unreal/{key}/`: a crash of the Unreal Engine, compressed in a format of its own.
pub(crate) async fn post_unreal(
    State(state): State<IngestState>,
    Path((project, key)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Unreal, Some(&project), Some(&key), request).await?;
    accept(incoming, body, check_not_empty).await
}

async fn accept(
    incoming: Incoming,
    body: Body,
    check: fn(ContentEncoding, &[u8]) -> Result<(), RequestError>,
) -> Result<Response, Refused> {
    let (kind, owner) = (incoming.kind, incoming.owner);
    let event_id = EventId::random();
    let result = async {
        let body = incoming.receive(body).await?;
        incoming.check(&body.bytes, check).await?;
        incoming
            .keep(
                body,
                Addition {
                    event_id: Some(event_id),
                    ..Addition::default()
                },
            )
            .await
    };
    result.await.map_err(|error| error.of(kind, owner))?;
    Ok(([(header::CONTENT_TYPE, "text/plain")], hyphenated(event_id)).into_response())
}

fn check_not_empty(encoding: ContentEncoding, body: &[u8]) -> Result<(), RequestError> {
    let bytes = check_bytes(encoding, body, Limits::default().max_envelope_bytes)?;
    if bytes == 0 {
        Err(RequestError::EmptyBody)
    } else {
        Ok(())
    }
}

fn check_dump(encoding: ContentEncoding, body: &[u8]) -> Result<(), RequestError> {
    check_not_empty(encoding, body)?;
    let start = encoding::decode(encoding, body, Start(Vec::new()))
        .map_err(RequestError::Compression)?
        .0;
    let known = DUMP_STARTS.into_iter().any(|known| start.starts_with(known));
    if known {
        Ok(())
    } else {
        Err(RequestError::Malformed("the body is not a minidump"))
    }
}

/// Keeps the first bytes.
struct Start(Vec<u8>);

impl Write for Start {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let missing = 8_usize.saturating_sub(self.0.len());
        self.0.extend_from_slice(&chunk[..chunk.len().min(missing)]);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
