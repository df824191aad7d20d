//! One attempt at a job: it ends, whatever the job does.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use crate::{JobError, Running, registry::Kind};

/// Runs a job. A panic and too long a time are failures of the job and of nothing else.
pub(super) async fn attempt<C>(
    kind: Option<Kind<C>>,
    payload: String,
    cx: C,
    running: Running,
) -> Result<(), JobError> {
    let Some(kind) = kind else {
        // A newer or an older version wrote it; it is kept until one comes that knows it.
        return Err(JobError::retry("this version does not know such jobs"));
    };
    let called = catch_unwind(AssertUnwindSafe(|| (kind.run)(payload, cx, running)));
    let Ok(work) = called else { return Err(panicked()) };
    match tokio::time::timeout(kind.timeout, unwinding(work)).await {
        Ok(result) => result,
        Err(_) => Err(too_long(kind.timeout)),
    }
}

async fn unwinding(mut work: Pin<Box<dyn Future<Output = Result<(), JobError>> + Send>>) -> Result<(), JobError> {
    std::future::poll_fn(move |cx| {
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(poll) => poll,
            // It is not polled again.
            Err(_) => Poll::Ready(Err(panicked())),
        }
    })
    .await
}

fn panicked() -> JobError {
    JobError::retry("it panicked")
}

fn too_long(timeout: Duration) -> JobError {
    JobError::retry(format!("it took longer than {} seconds", timeout.as_secs_f32()))
}
