//! Questions about many events, over the same few events.

mod errors;
mod facets;
mod saved;
mod series;
mod table;

use serde_json::{Value, json};

use crate::{
    api::{Answer, Api, Client, NOW},
    seed::minutes,
};

/// A path of `acme` with its parameters.
fn path(endpoint: &str, parameters: &[(&str, &str)]) -> String {
    let encoded: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    format!("/api/0/organizations/acme/{endpoint}/?{}", encoded.join("&"))
}

fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

async fn ask(client: &Client, endpoint: &str, parameters: &[(&str, &str)]) -> Answer {
    client.get(&path(endpoint, parameters)).await
}

/// An error of `shop`, so many minutes ago.
fn error(title: &str, ago: u64, user: &str, region: &str, release: &str) -> Value {
    json!({
        "message": title,
        "fingerprint": [title],
        "timestamp": (NOW - minutes(ago)).to_string(),
        "user": { "id": user },
        "tags": { "region": region },
        "release": release,
        "environment": if region == "eu" { "production" } else { "staging" },
        "level": "error",
        "platform": "python",
    })
}

fn transaction(name: &str, ago: u64, millis: u64, status: &str) -> Value {
    let end = NOW - minutes(ago);
    let start = end - std::time::Duration::from_millis(millis);
    json!({
        "type": "transaction",
        "transaction": name,
        "transaction_info": { "source": "route" },
        "start_timestamp": start.to_string(),
        "timestamp": end.to_string(),
        "contexts": { "trace": {
            "trace_id": "0123456789abcdef0123456789abcdef", "span_id": "0123456789abcdef", "op": "http.server",
            "status": status,
        } },
        "measurements": { "lcp": { "value": 1000.0 + millis as f64, "unit": "millisecond" } },
        "user": { "id": "7" },
    })
}

/// Four errors in two issues of `shop` and one of `depot`; four transactions.
async fn seed(api: &Api) {
    let depot = api.add_project("depot").await;
    for (title, ago, user, region, release) in [
        ("cart", 50, "1", "eu", "shop@1.0.0"),
        ("cart", 40, "1", "us", "shop@1.0.0"),
        ("cart", 20, "2", "eu", "shop@2.0.0"),
        ("login", 10, "3", "us", "shop@2.0.0"),
    ] {
        api.save(error(title, ago, user, region, release)).await;
    }
    api.save_in(depot, error("stock", 5, "4", "eu", "depot@1.0.0")).await;
    for (name, ago, millis, status) in [
        ("/pay", 30, 100, "ok"),
        ("/pay", 20, 300, "ok"),
        ("/pay", 10, 200, "internal_error"),
        ("/home", 5, 50, "ok"),
    ] {
        api.save_transaction(transaction(name, ago, millis, status)).await;
    }
}
