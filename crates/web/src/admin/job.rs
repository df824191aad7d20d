use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, InstanceAccess, PathParams, instance_permissions::Superuser};
use model::{JobId, Timestamp};
use services::jobs::{self, JobActionError};
use store::jobs::{Lane, State};

use super::{jobs::JobRow, sample_shell, shell};
use crate::{
    form::NoFields,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// One job: what it is about, what became of it, and what to do about it.
#[derive(Debug, Template)]
#[template(path = "admin/job.html")]
pub(crate) struct JobPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) job: JobRow,
    pub(crate) is_outbox: bool,
    pub(crate) payload: String,
    pub(crate) tried: Option<Timestamp>,
    /// How often its worker was gone before it had ended.
    pub(crate) lapses: u32,
}

fn id(path: &PathParams) -> Result<JobId, ApiError> {
    path.get("job")?.parse().map_err(|_| ApiError::not_found())
}

/// `GET /admin/jobs/{job}/`
pub(crate) async fn show(
    visit: Visit,
    _: InstanceAccess<Superuser>,
    path: PathParams,
) -> Result<Page<JobPage>, ApiError> {
    let found = jobs::find(&visit.app, id(&path)?).await?;
    let (job, shard) = found.ok_or_else(ApiError::not_found)?;
    let mut row = JobRow::of(&job);
    let mut tried = job.tried_at;
    // Failures of an outbox are those of its first job.
    if let Some(shard) = shard.filter(|shard| shard.first == Some(job.id)) {
        row.attempts = shard.attempts;
        row.error = shard.error.unwrap_or_default();
        row.due = Some(shard.due_at).filter(|at| at.0 > 0);
        tried = shard.tried_at;
    }
    let payload = serde_json::from_str::<serde_json::Value>(&job.payload)
        .and_then(|payload| serde_json::to_string_pretty(&payload))
        .unwrap_or(job.payload);
    Ok(Page(JobPage {
        shell: shell(&visit, AdminSection::Jobs).await?,
        section: AdminSection::Jobs,
        job: row,
        is_outbox: job.lane == Lane::Outbox,
        payload,
        tried,
        lapses: job.lapses,
    }))
}

/// `POST /admin/jobs/{job}/retry/`
pub(crate) async fn retry(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let job = id(&path)?;
    let done = jobs::retry(&visit.app, &access.actor, job).await;
    told(done.map(|_| (Done::JobRetried, urls::ADMIN_JOBS.to_owned())), job)
}

/// `POST /admin/jobs/{job}/drop/`
pub(crate) async fn discard(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let job = id(&path)?;
    let done = jobs::discard(&visit.app, &access.actor, job).await;
    told(done.map(|_| (Done::JobDropped, urls::ADMIN_JOBS.to_owned())), job)
}

/// A job goes on by itself, so that it is done meanwhile is no error.
fn told(done: Result<(Done, String), JobActionError>, job: JobId) -> Result<Response, ApiError> {
    let (done, page) = match done {
        Ok(done) => done,
        Err(JobActionError::Gone) => (Done::JobGone, urls::ADMIN_JOBS.to_owned()),
        Err(JobActionError::Running) => (Done::JobBusy, urls::admin_job(job.0, "")),
        Err(JobActionError::Store(error)) => return Err(error.into()),
    };
    Ok((PendingNotice::of(done), Redirect::to(&page)).into_response())
}

impl JobPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |job, is_outbox, payload: &str| Self {
            shell: sample_shell(AdminSection::Jobs),
            section: AdminSection::Jobs,
            job,
            is_outbox,
            payload: payload.to_owned(),
            tried: Some(gallery::ago(60)),
            lapses: u32::from(is_outbox),
        };
        let payload = "{\n  \"delivery\": 7\n}";
        vec![
            Sample::new(
                "admin-job-dead",
                &page(JobRow::sample(State::Dead, "hooks.example.com"), false, payload),
            ),
            Sample::new(
                "admin-job-running",
                &page(JobRow::sample(State::Running, "hooks.example.com"), false, payload),
            ),
            Sample::new(
                "admin-job-hostile",
                &page(JobRow::sample(State::Waiting, gallery::HOSTILE), true, gallery::HOSTILE),
            ),
        ]
    }
}
