use httpkit::ApiError;
use serde::Serialize;
use services::{App, access::OrganizationScope};
use store::issues::Issue;

/// What a merge answers.
#[derive(Debug, Serialize)]
pub(super) struct MergeView {
    merge: MergedView,
}

#[derive(Debug, Serialize)]
struct MergedView {
    parent: String,
    children: Vec<String>,
}

/// Makes one issue of several.
pub(super) async fn merge(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<MergeView, ApiError> {
    let merged = services::issues::merge(app, scope, issues).await?;
    Ok(MergeView {
        merge: MergedView {
            parent: merged.parent.to_string(),
            children: merged.children.iter().map(ToString::to_string).collect(),
        },
    })
}
