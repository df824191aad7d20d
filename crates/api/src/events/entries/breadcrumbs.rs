use model::Timestamp;
use protocol::event::{Breadcrumb, Object, Values};
use serde::Serialize;
use serde_json::Value;

use super::filled;

#[derive(Debug, Serialize)]
pub(crate) struct BreadcrumbsView<'a> {
    values: Vec<BreadcrumbView<'a>>,
}

#[derive(Debug, Serialize)]
struct BreadcrumbView<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Option<Timestamp>,
    level: &'static str,
    message: Option<&'a str>,
    category: Option<&'a str>,
    data: Option<&'a Object>,
    event_id: Option<&'a Value>,
}

impl<'a> BreadcrumbsView<'a> {
    pub(super) fn of(breadcrumbs: &'a Values<Breadcrumb>) -> Self {
        Self {
            values: breadcrumbs.iter().map(BreadcrumbView::of).collect(),
        }
    }
}

impl<'a> BreadcrumbView<'a> {
    fn of(breadcrumb: &'a Breadcrumb) -> Self {
        Self {
            kind: breadcrumb.kind.as_deref().unwrap_or("default"),
            timestamp: breadcrumb.timestamp,
            level: breadcrumb.level.map_or("info", model::Level::name),
            message: breadcrumb.message.as_deref(),
            category: breadcrumb.category.as_deref(),
            data: filled(&breadcrumb.data),
            event_id: breadcrumb.other.get("event_id"),
        }
    }
}
