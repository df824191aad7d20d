//! Accepting connections: bounded in number, in the time for a request's head, and in the time to end at a stop.

use std::{convert::Infallible, net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, response::IntoResponse as _};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, Response, header};
use httpkit::{ApiError, ErrorKind};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::config::Limits;

/// How long open requests may take to end after the stop; what they want spooled is small against it.
const DRAIN: Duration = Duration::from_secs(3);

pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    let places = Arc::new(Semaphore::new(limits.connections.max(1)));
    let mut connections = JoinSet::new();
    loop {
        // Waiting for a place before accepting leaves further clients in the kernel's queue.
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((place, stream, peer)) = accepted else {
            continue;
        };
        let serve = connection(stream, peer, router.clone(), limits.clone(), stop.clone());
        connections.spawn(async move {
            serve.await;
            drop(place);
        });
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "requests were still open at the stop and are cut off"
        );
        connections.shutdown().await;
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::sync::OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((place, stream, peer)),
        Err(error) => {
            // Out of file descriptors, most likely: accepting at once again would only burn the processor.
            tracing::error!(error = %error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, limits: Limits, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "a socket option could not be set");
    }
    let service = service_fn(move |request| answer(router.clone(), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.header_seconds))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client.address = %peer, error = %error, "a connection ended early");
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answered = AssertUnwindSafe(router.oneshot(request.map(Body::new)))
        .catch_unwind()
        .await;
    let mut response = answered.map_or_else(
        |_| {
            tracing::error!(http.method = %method, http.path = %path, "a request handler panicked");
            ApiError::new(ErrorKind::Internal, "Internal error. The server's log says more.").into_response()
        },
        |Ok(response)| response,
    );
    tracing::debug!(http.method = %method, http.path = %path, http.status = response.status().as_u16(), "request");
    let headers = response.headers_mut();
    headers
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    Ok(response)
}
