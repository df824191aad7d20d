//! A thread for one kind of work. On a pool every batch would come to another thread, with caches and an allocator's
//! heap that were last used for something else.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tokio::sync::{mpsc, oneshot};

type Work = Box<dyn FnOnce() + Send>;

/// It ends when this is dropped, behind the work at hand.
#[derive(Debug)]
pub(super) struct OwnThread {
    work: mpsc::Sender<Work>,
}

/// The work panicked; the thread goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work panicked")]
pub(super) struct Panicked;

impl OwnThread {
    pub(super) fn new(name: &str) -> io::Result<Self> {
        let (work, mut waiting) = mpsc::channel::<Work>(1);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(work) = waiting.blocking_recv() {
                work();
            }
        })?;
        Ok(Self { work })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (done, waiting) = oneshot::channel();
        let work = move || {
            // What panics leaves no answer, and whoever asked drops what was shared with it.
            if let Ok(answer) = catch_unwind(AssertUnwindSafe(work)) {
                // Who asked was cancelled meanwhile and wants no answer any more.
                done.send(answer).ok();
            }
        };
        self.work.send(Box::new(work)).await.map_err(|_| Panicked)?;
        waiting.await.map_err(|_| Panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_in_one_thread_that_survives_panics() {
        let own = OwnThread::new("own").unwrap();
        let name = || std::thread::current().name().map(str::to_owned);
        let id = own.run(|| std::thread::current().id()).await.unwrap();
        assert_eq!(own.run(name).await, Ok(Some("own".to_owned())));
        assert_eq!(own.run(|| panic!("on purpose")).await, Err::<(), _>(Panicked));
        assert_eq!(own.run(|| std::thread::current().id()).await, Ok(id));
    }
}
