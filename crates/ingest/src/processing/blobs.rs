//! The contents of attachments and of large items are made safe before the transaction that names them.

use std::time::Duration;

use futures_util::future::join_all;
use services::{App, attachments, stored_items};
use store::blobs::PutError;
use tokio_util::sync::CancellationToken;

use super::{
    Processor, RETRY_FIRST, RETRY_MOST,
    item::{Content, Processed, Save},
};

/// Contents that are prepared at the same time.
const AT_ONCE: usize = 8;

/// Prepares all contents of a batch. A disk that cannot take them just now is waited for; what it can never take goes to
/// the quarantine. `false` when it is too late to wait.
pub(super) async fn prepare(processor: &Processor, items: &mut [Processed], late: &CancellationToken) -> bool {
    let mut open: Vec<&mut Processed> = items.iter_mut().filter(|item| has_content(item)).collect();
    for some in open.chunks_mut(AT_ONCE) {
        let prepared = join_all(some.iter_mut().map(|item| prepare_one(processor, item, late))).await;
        if prepared.contains(&false) {
            return false;
        }
    }
    true
}

fn has_content(item: &Processed) -> bool {
    matches!(
        item,
        Processed::Save {
            what: Save::Attachment(_, Content::Bytes(_)) | Save::StoredItem(_, Content::Bytes(_)),
            ..
        }
    )
}

async fn prepare_one(processor: &Processor, item: &mut Processed, late: &CancellationToken) -> bool {
    let Processed::Save {
        what, item: spooled, ..
    } = item
    else {
        return true;
    };
    let mut wait = RETRY_FIRST;
    loop {
        let error = match put(&processor.app, what).await {
            Ok(()) => return true,
            Err(error) => error,
        };
        if !error.is_transient() {
            *item = Processed::Failed {
                item: *spooled,
                error: error.to_string(),
            };
            return true;
        }
        processor.metrics.set_stalled(true);
        tracing::error!(error = %error, retry.seconds = wait.as_secs_f64(), "the content of an item could not be written");
        if !pause(wait, late).await {
            return false;
        }
        wait = (wait * 2).min(RETRY_MOST);
    }
}

async fn put(app: &App, what: &mut Save) -> Result<(), PutError> {
    match what {
        Save::Attachment(_, content) => {
            if let Content::Bytes(bytes) = content {
                *content = Content::Prepared(attachments::prepare(app, bytes.clone()).await?);
            }
        }
        Save::StoredItem(_, content) => {
            if let Content::Bytes(bytes) = content {
                *content = Content::Prepared(stored_items::prepare(app, bytes.clone()).await?);
            }
        }
        Save::Event(_) | Save::Upload(..) | Save::UserReport(_) | Save::Documents(_) => {}
    }
    Ok(())
}

/// `false`: it is too late.
async fn pause(wait: Duration, late: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = late.cancelled() => false,
    }
}
