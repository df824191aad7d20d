use serde_json::json;

use super::organization;
use crate::conformance::caller::Caller;

pub(super) async fn call(caller: &Caller<'_>) {
    let saved = organization("discover/saved/");
    for name in ["First", "Second"] {
        let body = json!({
            "name": name, "projects": [], "queryDataset": "error-events", "fields": ["title", "count()"], "range": "14d",
            "query": "level:fatal", "orderby": "-count", "yAxis": ["count()"], "display": "default", "topEvents": 5,
            "interval": "1h", "environment": ["production"], "widths": ["200"],
        });
        caller.post(&saved, body).await.lists(&saved, "/name", name).await;
    }
    let listed = caller.list(&saved).await;
    let one = format!("{saved}{}/", caller.text(&listed, "/0/id"));
    caller.get(&one).await;
    let change = json!({
        "name": "Renamed", "start": "2026-11-01T00:00:00", "end": "2026-11-02T00:00:00Z", "fields": ["title"],
    });
    caller.put(&one, change).await.shows(&one, "/name", "Renamed").await;
    caller.delete(&one).await.absent(&one).await;

    caller.list(&organization("tags/?statsPeriod=24h")).await;
    caller
        .list(&organization("events/?field=title&field=count()&statsPeriod=24h"))
        .await;
    caller
        .list(&organization(
            "events/?field=id&field=timestamp&field=user&field=release&statsPeriod=24h&dataset=errors",
        ))
        .await;
    caller
        .get(&organization(
            "events-timeseries/?yAxis=count()&statsPeriod=24h&interval=1h&dataset=errors&comparisonDelta=86400",
        ))
        .await;
    let top = "events-timeseries/?yAxis=count()&statsPeriod=24h&interval=1h&dataset=errors&topEvents=2&groupBy=title&sort=-count()";
    caller.get(&organization(top)).await;
}
