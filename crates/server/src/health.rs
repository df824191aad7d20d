//! `/_health/` and `/metrics`.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use ingest::metrics::Metrics;
use prometheus_client::{encoding::text::encode, metrics::gauge::Gauge, registry::Registry};
use serde_json::json;
use services::App;
use spool::Spool;

use crate::job_metrics::JobMetrics;

/// What health and metrics look at.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    app: App,
    spool: Arc<Spool>,
    ingest: Arc<Metrics>,
    registry: Arc<Mutex<Registry>>,
    spool_bytes: Gauge,
    jobs: JobMetrics,
    max_spool_bytes: u64,
}

impl Health {
    pub(crate) fn new(app: App, spool: Arc<Spool>, ingest: Arc<Metrics>, max_spool_bytes: u64) -> Self {
        let mut registry = Registry::with_prefix("tocsin");
        ingest.register(&mut registry);
        let spool_bytes = Gauge::default();
        registry.register(
            "spool_bytes",
            "Bytes in the spool that are not processed yet",
            spool_bytes.clone(),
        );
        Self {
            app,
            spool,
            ingest,
            jobs: JobMetrics::new(&mut registry),
            registry: Arc::new(Mutex::new(registry)),
            spool_bytes,
            max_spool_bytes,
        }
    }

    pub(crate) fn routes(self) -> Router {
        Router::new()
            .route("/_health/", get(health))
            .route("/metrics", get(metrics))
            .with_state(self)
    }

    async fn database(&self) -> Result<(), store::Error> {
        store::instance::find(&mut *self.app.store.read().await?, "health")
            .await
            .map(drop)
    }
}

/// 200 when events can be accepted and processed. `?full` tells of each part.
async fn health(State(health): State<Health>, RawQuery(query): RawQuery) -> Response {
    let database = health.database().await;
    let depth = health.spool.depth();
    let spool = if health.spool.is_closed() {
        Err("its writer has ended")
    } else if depth.bytes >= health.max_spool_bytes {
        Err("it is full")
    } else {
        Ok(())
    };
    let processing = if health.ingest.is_stalled() {
        Err("it waits for the database")
    } else {
        Ok(())
    };
    let healthy = database.is_ok() && spool.is_ok() && processing.is_ok();
    let status = if healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let full = query.is_some_and(|query| query.split('&').any(|part| part == "full" || part.starts_with("full=")));
    if !full {
        return (status, if healthy { "ok" } else { "unhealthy" }).into_response();
    }
    let part = |problem: Option<String>| json!({"healthy": problem.is_none(), "problem": problem});
    let body = json!({
        "healthy": healthy,
        "database": part(database.err().map(|_| "it does not answer".to_owned())),
        "spool": part(spool.err().map(str::to_owned)),
        "spool_bytes": depth.bytes,
        "processing": part(processing.err().map(str::to_owned)),
        "version": env!("CARGO_PKG_VERSION"),
    });
    (status, Json(body)).into_response()
}

async fn metrics(State(health): State<Health>) -> Response {
    health
        .spool_bytes
        .set(i64::try_from(health.spool.depth().bytes).unwrap_or(i64::MAX));
    health.jobs.look(&health.app).await;
    let mut text = String::new();
    let encoded = encode(
        &mut text,
        &health.registry.lock().unwrap_or_else(PoisonError::into_inner),
    );
    match encoded {
        Ok(()) => {
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, content_type)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
