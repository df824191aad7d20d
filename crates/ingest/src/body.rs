//! Receiving a body within its limits: size, time, and a share of the memory that all bodies have together.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::IngestConfig;

/// Memory is given out in pieces of this size, which a semaphore can count.
const PIECE_BYTES: u64 = 1024;

/// How a buffer grows: doubling at first, then by this much.
const GROW_AT_MOST_BYTES: usize = 4 << 20;
const GROW_AT_LEAST_BYTES: usize = 4 << 10;

/// The memory that bodies may take.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        let pieces = usize::try_from(bytes / PIECE_BYTES).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(pieces.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// A share that is given back when it is dropped; `None` when there is not enough left.
    pub(crate) fn take(&self, bytes: usize) -> Option<Share> {
        let pieces = u32::try_from((bytes as u64).div_ceil(PIECE_BYTES)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(pieces).ok().map(Share)
    }
}

#[derive(Debug)]
pub(crate) struct Share(OwnedSemaphorePermit);

/// A body in memory, and the share of memory that it takes.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    pub(crate) share: Share,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    #[error("the body came too slowly")]
    Slow,
    #[error("the body ended before it was whole")]
    Broken(#[source] axum::Error),
    #[error("too many bodies are being received")]
    Overloaded,
}

/// Reads a whole body, as it was sent.
pub(crate) async fn receive(
    mut body: Body,
    announced: Option<u64>,
    config: &IngestConfig,
    budget: &Budget,
) -> Result<Received, BodyError> {
    let limit = config.max_body_bytes;
    if announced.is_some_and(|announced| announced > limit) {
        return Err(BodyError::TooLarge(limit));
    }
    let started = Instant::now();
    let mut share = budget.take(0).ok_or(BodyError::Overloaded)?;
    let mut buffer = Vec::new();
    // Each read counts alone too: a client may send its first bytes at once and nothing more.
    while let Some(frame) = timeout(config.body_pause(), body.frame())
        .await
        .map_err(|_| BodyError::Slow)?
    {
        let Ok(mut data) = frame.map_err(BodyError::Broken)?.into_data() else {
            continue;
        };
        if (buffer.len() + data.remaining()) as u64 > limit {
            return Err(BodyError::TooLarge(limit));
        }
        make_room(&mut buffer, data.remaining(), announced, budget, &mut share)?;
        while data.has_remaining() {
            let chunk = data.chunk();
            buffer.extend_from_slice(chunk);
            data.advance(chunk.len());
        }
        let allowed = Duration::from_secs(buffer.len() as u64 / config.body_bytes_per_second.max(1));
        if started.elapsed() > config.body_pause() + allowed {
            return Err(BodyError::Slow);
        }
    }
    Ok(Received {
        bytes: Bytes::from(buffer),
        share,
    })
}

fn make_room(
    buffer: &mut Vec<u8>,
    additional: usize,
    announced: Option<u64>,
    budget: &Budget,
    share: &mut Share,
) -> Result<(), BodyError> {
    let needed = buffer.len() + additional;
    if needed <= buffer.capacity() {
        return Ok(());
    }
    // What a client announces saves copies, but is not believed beyond a step: it may never come.
    let step = buffer.capacity().clamp(GROW_AT_LEAST_BYTES, GROW_AT_MOST_BYTES);
    let announced = announced
        .and_then(|announced| usize::try_from(announced).ok())
        .unwrap_or(usize::MAX);
    let capacity = needed.max((buffer.capacity() + step).min(announced));
    let more = budget.take(capacity - buffer.capacity()).ok_or(BodyError::Overloaded)?;
    share.0.merge(more.0);
    buffer.reserve_exact(capacity - buffer.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};

    fn config() -> IngestConfig {
        IngestConfig {
            max_body_bytes: 1000,
            body_pause_seconds: 10,
            body_bytes_per_second: 10,
            ..Default::default()
        }
    }

    fn pieces(pieces: Vec<Result<&'static [u8], std::io::Error>>) -> Body {
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn pieces_become_one_body_and_the_memory_is_given_back() {
        let budget = Budget::new(8 << 10);
        let received = receive(pieces(vec![Ok(b"ab"), Ok(b""), Ok(b"cd")]), None, &config(), &budget)
            .await
            .unwrap();
        assert_eq!(&received.bytes[..], b"abcd");
        assert_eq!(budget.0.available_permits(), 4);
        drop(received);
        assert_eq!(budget.0.available_permits(), 8);
    }

    #[tokio::test]
    async fn refuses_what_is_too_large_announced_or_not() {
        let budget = Budget::new(1 << 20);
        let check = async |body: Body, announced: Option<u64>, fits: bool| {
            let received = receive(body, announced, &config(), &budget).await;
            assert_eq!(received.is_ok(), fits, "{received:?}");
            assert!(fits || matches!(received, Err(BodyError::TooLarge(1000))));
        };
        check(Body::from(vec![0; 1000]), Some(1000), true).await;
        check(Body::empty(), Some(1001), false).await;
        check(Body::from(vec![0; 1001]), None, false).await;
        check(pieces(vec![Ok(&[0; 600]), Ok(&[0; 600])]), None, false).await;
        check(Body::empty(), None, true).await;
    }

    #[tokio::test]
    async fn refuses_when_the_memory_of_all_is_used_up() {
        let budget = Budget::new(5 << 10);
        let first = receive(Body::from(vec![0; 1000]), None, &config(), &budget)
            .await
            .unwrap();
        let second = receive(Body::from(vec![0; 1000]), None, &config(), &budget).await;
        assert!(matches!(second, Err(BodyError::Overloaded)), "{second:?}");
        drop(first);
        receive(Body::from(vec![0; 1000]), None, &config(), &budget)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_an_error() {
        let broken = pieces(vec![Ok(b"ab"), Err(std::io::ErrorKind::ConnectionReset.into())]);
        let received = receive(broken, Some(4), &config(), &Budget::new(1 << 20)).await;
        assert!(matches!(received, Err(BodyError::Broken(_))), "{received:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_clients_are_refused_whether_they_stop_or_drip() {
        let budget = Budget::new(1 << 20);
        let stops = Body::from_stream(stream::iter([Ok::<_, std::io::Error>("ab")]).chain(stream::pending()));
        assert!(matches!(
            receive(stops, None, &config(), &budget).await,
            Err(BodyError::Slow)
        ));
        let drips = |seconds| {
            Body::from_stream(stream::unfold((), move |()| async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Some((Ok::<_, std::io::Error>("abcdefghij"), ()))
            }))
        };
        assert!(matches!(
            receive(drips(2), None, &config(), &budget).await,
            Err(BodyError::Slow)
        ));
        let fast_enough = receive(drips(1), None, &config(), &budget).await;
        assert!(matches!(fast_enough, Err(BodyError::TooLarge(_))), "{fast_enough:?}");
    }
}
