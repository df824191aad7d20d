//! A client that knows nothing but the served description calls every operation in it.

use http::Method;
use serde_json::{Value, json};

use crate::{
    api::{Api, NOW},
    seed::rich,
};

/// What the parameters of paths are filled with.
fn filled(path: &str, issue: &str, event: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{organization}" => "acme",
        "{project}" => "shop",
        "{team}" => "acme",
        "{issue}" => issue,
        "{event}" => event,
        "{environment}" => "production",
        "{member}" | "{user}" => "me",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The statuses of an operation: `2XX` stands for all that begin so.
fn is_described(operation: &Value, status: u16) -> bool {
    let responses = operation["responses"].as_object().unwrap();
    responses.contains_key(&status.to_string()) || responses.contains_key(&format!("{}XX", status / 100))
}

/// Deletes come last, those of what others need at the very end.
fn order(method: &Method, path: &str) -> (bool, std::cmp::Reverse<usize>) {
    (*method == Method::DELETE, std::cmp::Reverse(path.len()))
}

#[tokio::test]
async fn api1_every_documented_operation_answers_as_it_is_documented() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let (issue, event) = api.save(rich(NOW)).await;
    let (issue, event) = (issue.to_string(), event.to_string());
    let document = api.anonymous().get("/api/0/openapi.json").await.ok().body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut operations: Vec<(Method, String, Value)> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            operations.push((method, path.clone(), operation.clone()));
        }
    }
    assert_eq!(operations.len(), ::api::routes().table().len());
    operations.sort_by_key(|(method, path, _)| order(method, path));
    let (client, anonymous) = (api.client(), api.anonymous());
    let mut problems = Vec::new();
    for (method, path, operation) in operations {
        let asked = filled(&path, &issue, &event);
        let body = matches!(method, Method::POST | Method::PUT).then(|| json!({}));
        let is_open = operation["security"].as_array().unwrap().is_empty();
        if !is_open {
            let refused = anonymous.send(method.clone(), &asked, body.clone()).await;
            if refused.status != 401 {
                problems.push(format!("{method} {path} without a token: {}", refused.status));
            }
        }
        // What a search finds is all there is: nothing is asked of it.
        let asked = if method == Method::GET {
            asked
        } else {
            format!("{asked}?id=1")
        };
        let answer = client.send(method.clone(), &asked, body).await;
        let status = answer.status.as_u16();
        if !is_described(&operation, status) {
            problems.push(format!("{method} {path}: {status} is not described, {}", answer.body));
        }
        let is_json = answer
            .header("content-type")
            .is_some_and(|kind| kind == "application/json");
        if (400..500).contains(&status) && path.starts_with("/api/0/") && !is_json {
            problems.push(format!("{method} {path}: an error that is no JSON, {status}"));
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[tokio::test]
async fn api1_an_unknown_path_is_a_404_in_json() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    for path in ["/api/0/nothing/", "/api/0/organizations/acme/nothing/"] {
        let answer = api.client().get(path).await.assert(404);
        assert!(answer.body["detail"].is_string(), "{path}");
    }
}
