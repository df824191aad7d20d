use serde::Serialize;

use super::{cells::ColumnsView, request::NamedDataset};
use crate::view::Empty;

/// What an answer holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetaView {
    #[serde(flatten)]
    columns: ColumnsView,
    /// Everything is counted from the events themselves, none is extrapolated.
    is_metrics_data: bool,
    is_metrics_extracted_data: bool,
    tips: Empty,
    dataset_reason: &'static str,
    dataset: &'static str,
}

impl MetaView {
    pub(super) fn of(columns: ColumnsView, dataset: NamedDataset) -> Self {
        Self {
            columns,
            is_metrics_data: false,
            is_metrics_extracted_data: false,
            tips: Empty {},
            dataset_reason: "unchanged",
            dataset: dataset.name,
        }
    }
}
