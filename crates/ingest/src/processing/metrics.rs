//! The custom metrics of before, which nothing shows any more: counted and dropped.

use model::{DataCategory, Outcome};
use protocol::items::metrics;

use super::item::{Processed, RawItem};

pub(super) fn process(raw: &RawItem, done: &mut Vec<Processed>) {
    done.push(Processed::Counted {
        origin: raw.origin(),
        outcome: Outcome::invalid(metrics::DROPPED),
        quantities: vec![(
            DataCategory::MetricBucket,
            metrics::count(&raw.headers.item_type, &raw.payload),
        )],
    });
}
