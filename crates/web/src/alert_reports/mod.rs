//! What alerts led to: who was told and why, how alerts are answered, and what keeps mails away.

pub(crate) mod checks; // what keeps mails away,
pub(crate) mod metrics; // how alerts are answered,
pub(crate) mod told; // one notification with all that came of it,
pub(crate) mod why; // and who was told and why

use crate::gallery::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    [
        why::WhyPage::samples(),
        metrics::MetricsPage::samples(),
        checks::ChecksPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
