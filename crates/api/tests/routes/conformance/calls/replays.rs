use store::stored_items::StoredItemKind;

use super::project;
use crate::{api::Api, conformance::caller::Caller};

const REPLAY: &str = "4ffd3b1b3a1f4d2f9c0c4b5a6d7e8f90";

pub(super) async fn call(api: &Api, caller: &Caller<'_>) {
    for position in [0, 1] {
        let payload = format!("{{\"segment_id\":{position}}}\n[{{\"type\":4}},{{\"type\":2}}]");
        api.store_item(StoredItemKind::ReplayRecording, REPLAY, position, payload.as_bytes())
            .await;
    }
    let segments = project(&format!("replays/{REPLAY}/recording-segments/"));
    caller.list(&segments).await;
    caller.get(&format!("{segments}1/")).await;
}
