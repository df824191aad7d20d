use axum::{
    Router,
    extract::State,
    handler::Handler,
    middleware,
    response::Response,
    routing::{self, MethodRouter},
};

use crate::{
    IngestState, RecordKind,
    endpoints::{attachments, cors, crash, cron, drain, envelope, health, otlp, security, store, upload},
    error::{Refusal, Refused, RequestError},
};

/// The endpoints for SDKs. The trailing slash belongs to the path, but where clients are known to leave it out.
pub fn routes(state: IngestState) -> Router {
    let with_key = "/api/{project_id}/cron/{monitor}/{key}";
    let without_key = "/api/{project_id}/cron/{monitor}";
    Router::new()
        .route("/api/{project_id}/envelope/", post(envelope::post))
        .route("/api/{project_id}/store/", post(store::post).get(store::get))
        .route("/api/store/", post(store::post_legacy).get(store::get_legacy))
        .route("/api/{project_id}/security/", post(security::post))
        .route("/api/{project_id}/csp-report/", post(security::post))
        .route("/api/{project_id}/nel/", post(security::post_nel))
        .route("/api/{project_id}/minidump", post(crash::post_minidump))
        .route("/api/{project_id}/minidump/", post(crash::post_minidump))
        .route("/api/{project_id}/playstation/", post(crash::post_playstation))
        .route("/api/{project_id}/unreal/{key}/", post(crash::post_unreal))
        .route(
            "/api/{project_id}/events/{event_id}/attachments/",
            post(attachments::post),
        )
        .route("/api/{project_id}/upload/", post(upload::post))
        .route(without_key, check_in(cron::check_in))
        .route(&format!("{without_key}/"), check_in(cron::check_in))
        .route(with_key, check_in(cron::check_in_with_key))
        .route(&format!("{with_key}/"), check_in(cron::check_in_with_key))
        .merge(otlp_routes())
        .merge(drain_routes())
        .layer(middleware::map_response_with_state(state.clone(), count_refused))
        .layer(middleware::map_response(cors::allow))
        .route("/api/relay/healthcheck/live/", routing::get(health::live))
        .route("/api/relay/healthcheck/ready/", routing::get(health::ready))
        .with_state(state)
}

/// Exporters put `/v1/…` behind the address that they are given; older documents gave a shorter one for traces.
fn otlp_routes() -> Router<IngestState> {
    let mut router = Router::new();
    for prefix in ["/api/{project_id}/integration/otlp/v1", "/api/{project_id}/otlp/v1"] {
        for slash in ["", "/"] {
            router = router
                .route(&format!("{prefix}/traces{slash}"), post(otlp::post_traces))
                .route(&format!("{prefix}/logs{slash}"), post(otlp::post_logs));
        }
    }
    router
}

fn drain_routes() -> Router<IngestState> {
    let mut router = Router::new();
    for slash in ["", "/"] {
        let prefix = "/api/{project_id}/integration";
        router = router
            .route(&format!("{prefix}/vercel/logs{slash}"), post(drain::post_vercel))
            .route(&format!("{prefix}/heroku/logs{slash}"), post(drain::post_heroku));
    }
    router
}

fn post<H: Handler<T, IngestState>, T: 'static>(handler: H) -> MethodRouter<IngestState> {
    routing::post(handler)
        .options(cors::preflight)
        .fallback(method_not_allowed)
}

fn check_in<H: Handler<T, IngestState>, T: 'static>(handler: H) -> MethodRouter<IngestState> {
    post(handler.clone()).get(handler)
}

async fn method_not_allowed() -> Refused {
    RequestError::MethodNotAllowed.of(RecordKind::Envelope, None)
}

async fn count_refused(State(state): State<IngestState>, response: Response) -> Response {
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        state.count_refusal(refusal);
    }
    response
}
