use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tracing::{Event, Metadata, Subscriber, span};

/// How many statements of SQL run while `work` does. They are counted on this thread, on which a test runs its tasks.
pub(crate) async fn counted<T>(work: impl Future<Output = T>) -> (T, usize) {
    let counter = Counter::default();
    let count = Arc::clone(&counter.0);
    let _guard = tracing::subscriber::set_default(counter);
    // Another test may have asked without a counter whether anybody listens.
    tracing::callsite::rebuild_interest_cache();
    let done = work.await;
    (done, count.load(Ordering::Relaxed))
}

#[derive(Debug, Default)]
struct Counter(Arc<AtomicUsize>);

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "store::statement"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
