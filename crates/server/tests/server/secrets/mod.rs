//! What is scrubbed is nowhere: neither in the database, freed pages and write-ahead log included, nor in the event index,
//! its words and columns included, nor in a blob, nor in what the server logs, nor, once it was cut, in the spool. With
//! scrubbing off the same search finds all of it.

mod garden; // secrets,
mod requests; // the requests that they are in,
mod search; // and everything that is kept of them

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use testkit::server::{Setup, TestServer, wait_until};

use crate::installation::{Ready, event_id, zero_division};
use garden::Plant;
use requests::Request;

/// The advanced rules: without any, attachments and the memory in dumps are not scrubbed (`ingest.md` §5.2).
fn attachment_rules() -> String {
    let rules = [
        "@creditcard:mask",
        "@bearer:mask",
        "@pemkey:mask",
        "@ip:mask",
        "@urlauth:mask",
    ];
    json!({"applications": {"$attachments.**": rules, "$heap_memory": rules}}).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_secrets_are_found_nowhere() {
    for database in testkit::databases().await {
        let (requests, plants) = requests::all();
        let ready = ready(database.url(), true).await;
        let kept = everything_kept_after(&ready, &requests, &plants, database.url()).await;
        let found = search::find(kept, plants.iter().map(|plant| plant.secret.as_str()));
        let leaks: Vec<_> = plants
            .iter()
            .filter_map(|plant| {
                let places = found.get(plant.secret.as_str())?;
                let Plant {
                    place, kind, secret, ..
                } = plant;
                Some(format!("{place}: the {kind} {secret} is in {places:?}"))
            })
            .collect();
        let (count, all) = (leaks.len(), plants.len());
        assert!(
            leaks.is_empty(),
            "{}: {count} of {all} secrets were kept:\n{}",
            database.name(),
            leaks.join("\n")
        );
        println!("{}: none of {all} secrets was kept", database.name());
    }
    let (_, plants) = requests::all();
    for (place, kinds) in by_place(&plants) {
        println!("{place}: {}", kinds.join(", "));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scrubbing_the_same_search_finds_every_one() {
    for database in testkit::databases().await {
        let (requests, plants) = requests::all();
        let ready = ready(database.url(), false).await;
        let kept = everything_kept_after(&ready, &requests, &plants, database.url()).await;
        let found = search::find(kept, plants.iter().map(|plant| plant.secret.as_str()));
        let missed: Vec<_> = plants
            .iter()
            .filter(|plant| found.contains_key(plant.secret.as_str()) == plant.is_never_kept)
            .map(|plant| format!("{}: the {} {}", plant.place, plant.kind, plant.secret))
            .collect();
        assert!(
            missed.is_empty(),
            "{}: {} of {} are not where they should be:\n{}",
            database.name(),
            missed.len(),
            plants.len(),
            missed.join("\n")
        );
    }
}

fn by_place(plants: &[Plant]) -> BTreeMap<&str, Vec<&'static str>> {
    let mut places: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for plant in plants {
        places.entry(&plant.place).or_default().push(plant.kind);
    }
    places
}

async fn ready(database: &str, scrubs: bool) -> Ready {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"))
        .database(database)
        .start()
        .await;
    let installation = server.setup(&Setup::for_corpus()).await;
    let ready = Ready { server, installation };
    let settings = json!({
        "dataScrubber": scrubs,
        "dataScrubberDefaults": scrubs,
        "scrubIPAddresses": scrubs,
        "relayPiiConfig": if scrubs { attachment_rules() } else { String::new() },
    });
    let answer = ready.api().put_json("/api/0/projects/acme/shop/", &settings).await;
    let answer = answer.assert_status(200).json();
    assert_eq!(answer["scrubIPAddresses"], scrubs);
    ready
}

/// Sends, waits until the spool was cut, and reads all files and all cells.
async fn everything_kept_after(
    ready: &Ready,
    requests: &[Request],
    plants: &[Plant],
    database: &str,
) -> Vec<search::Content> {
    for request in requests {
        let answer = ready.server.http().send(&request.request).await;
        assert!(
            matches!(answer.status, 200..300),
            "{}: {} {}",
            request.what,
            answer.status,
            answer.text()
        );
    }
    ready.settle().await;
    nothing_was_refused(ready).await;
    let spool = ready.server.data_folder().join("spool");
    let mut seconds = 0;
    wait_until("the spool is cut", async || {
        // It goes a minute after it was passed, when something else is committed.
        seconds += 90;
        ready.server.set_clock(seconds);
        tokio::time::sleep(Duration::from_millis(600)).await; // until the server sees the clock
        ready.send_event(&zero_division(&event_id())).await.assert_status(200);
        ready.settle().await;
        let found = search::find(search::files(&spool), plants.iter().map(|plant| plant.secret.as_str()));
        found.is_empty().then_some(())
    })
    .await;
    let mut kept = search::files(&ready.server.data_folder());
    assert!(
        !database.starts_with("sqlite:") || kept.len() > 1,
        "no files in the data folder"
    );
    let indexed = search::index(&ready.server.data_folder().join("index"));
    assert!(indexed.iter().any(|(place, _)| place.ends_with("words of prose")));
    kept.extend(indexed);
    if database.starts_with("sqlite:") {
        // The test's database lies elsewhere.
        let file = database.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
        for file in [file.to_owned(), format!("{file}-wal")] {
            kept.push((file.clone(), std::fs::read(&file).expect("the database and its log")));
        }
    }
    kept.extend(search::cells(database).await);
    kept.push(("the log".to_owned(), ready.server.log().into_bytes()));
    kept
}

/// A request that came to nothing would hide its secrets.
async fn nothing_was_refused(ready: &Ready) {
    let stats = "/api/0/organizations/acme/stats_v2/?project=-1&field=sum(quantity)&groupBy=outcome&groupBy=reason\
        &groupBy=category&interval=1h&statsPeriod=1d";
    let stats: Value = ready.get(stats).await;
    let refused: Vec<_> = stats["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .filter(|group| group["by"]["outcome"] != "accepted")
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let quarantine = ready.server.data_folder().join("quarantine");
    let held = std::fs::read_dir(quarantine).map_or(0, Iterator::count);
    assert_eq!(held, 0, "something is in quarantine");
}
