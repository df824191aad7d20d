//! Every operation of Sentry's published description that is mounted here is called on seeded data; status and body are
//! held against the description. What is missing is listed, with totals, in the report.

mod caller;
mod calls;
mod counted;
mod document;
mod never_sent;
mod report;

use std::path::PathBuf;

use caller::Caller;
use document::Document;
use report::Report;

use crate::api::Api;

/// The variable that names the file of the description.
const DOCUMENT: &str = "TOCSIN_API_SCHEMA";
/// Set to 1, it makes the test fail where that file is not there.
const REQUIRE: &str = "TOCSIN_REQUIRE_API_SCHEMA";

fn document() -> Option<Document> {
    let file = std::env::var_os(DOCUMENT).map(PathBuf::from);
    if let Some(file) = file.filter(|file| file.is_file()) {
        return Some(Document::read(&file));
    }
    testkit::skip_unless_required("the description of the API (TOCSIN_API_SCHEMA names no file)", REQUIRE);
    None
}

/// The description counts on 88 operations that there must be: a rule of `counted` that slips is noticed.
#[test]
fn eighty_eight_operations_are_counted() {
    let Some(document) = document() else { return };
    let counted = document
        .operations
        .iter()
        .filter(|operation| counted::is_counted(operation));
    assert_eq!(counted.count(), 88);
}

#[tokio::test]
async fn every_operation_conforms() {
    let Some(document) = document() else { return };
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let caller = Caller::new(&document, api.client());
        calls::all(&api, &caller).await;
        let report = Report::of(&document, &caller.into_seen());
        report.write();
        assert!(report.problems.is_empty(), "{}", report.problems.join("\n"));
    })
    .await;
}
