//! A server with the installation that most tests begin with.

use serde_json::{Value, json};
use testkit::{
    http::{Client, Request, Response},
    server::{Installation, Setup, TestServer, wait_until},
};

pub(crate) struct Ready {
    pub(crate) server: TestServer,
    pub(crate) installation: Installation,
}

/// A started server with organization, project and user.
pub(crate) async fn ready() -> Ready {
    ready_with(&[]).await
}

pub(crate) async fn ready_with(settings: &[(&str, &str)]) -> Ready {
    let mut builder = TestServer::builder(env!("CARGO_BIN_EXE_tocsin"));
    for (variable, value) in settings {
        builder = builder.setting(variable, value);
    }
    let server = builder.start().await;
    let installation = server.setup(&Setup::default()).await;
    Ready { server, installation }
}

impl Ready {
    /// A client of the API with the token of the setup.
    pub(crate) fn api(&self) -> Client {
        self.server.http().with_bearer_token(&self.installation.auth_token)
    }

    pub(crate) async fn get(&self, target: &str) -> Value {
        self.api().get(target).await.assert_status(200).json()
    }

    pub(crate) fn issues_target(&self) -> String {
        let Installation {
            organization, project, ..
        } = &self.installation;
        format!("/api/0/projects/{organization}/{project}/issues/")
    }

    /// Sends an envelope of one event, as SDKs do.
    pub(crate) async fn send_event(&self, event: &Value) -> Response {
        self.server.http().send(&self.envelope_request(&envelope(event))).await
    }

    pub(crate) fn envelope_request(&self, body: &[u8]) -> Request {
        self.dsn().envelope_request(body)
    }

    pub(crate) fn dsn(&self) -> Dsn {
        Dsn {
            target: format!("/api/{}/envelope/", self.installation.project_id),
            authentication: format!("Sentry sentry_version=7, sentry_key={}", self.installation.public_key),
        }
    }

    /// Waits until everything that was accepted is processed.
    pub(crate) async fn settle(&self) {
        wait_until("the spool is processed", async || {
            let health = self.server.http().get("/_health/?full").await.json();
            (health["spool_bytes"] == 0).then_some(())
        })
        .await;
    }

    /// Waits until the project has issues of this many events in all, and gives the issues.
    pub(crate) async fn issues_with_events(&self, events: i64) -> Vec<Value> {
        let target = format!("{}?query=&statsPeriod=", self.issues_target());
        wait_until(&format!("{events} events are counted"), async || {
            let issues = self.get(&target).await;
            let issues = issues.as_array().cloned().unwrap_or_default();
            (counted(&issues) == events).then_some(issues)
        })
        .await
    }
}

/// A list of the API, over all its pages.
pub(crate) async fn list_all(api: &Client, target: &str) -> Vec<Value> {
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let joined = if target.contains('?') { '&' } else { '?' };
        let page = if cursor.is_empty() {
            target.to_owned()
        } else {
            format!("{target}{joined}cursor={cursor}")
        };
        let answer = api.get(&page).await.assert_status(200);
        listed.extend(answer.json().as_array().expect("a list").iter().cloned());
        let link = answer.header("link").expect("a Link header");
        let next = link
            .split(", ")
            .find(|part| part.contains("rel=\"next\""))
            .expect("next");
        if !next.contains("results=\"true\"") {
            return listed;
        }
        let rest = next.split("cursor=\"").nth(1).expect("a cursor");
        rest.split('"').next().expect("its end").clone_into(&mut cursor);
    }
}

/// What an SDK knows.
#[derive(Clone)]
pub(crate) struct Dsn {
    target: String,
    authentication: String,
}

impl Dsn {
    pub(crate) fn envelope_request(&self, body: &[u8]) -> Request {
        Request::new("POST", &self.target)
            .header("Host", "127.0.0.1")
            .header("Connection", "close")
            .header("Content-Type", "application/x-sentry-envelope")
            .header("X-Sentry-Auth", &self.authentication)
            .body(body)
    }
}

/// The sum of the issues' counts.
pub(crate) fn counted(issues: &[Value]) -> i64 {
    issues
        .iter()
        .filter_map(|issue| issue["count"].as_str()?.parse::<i64>().ok())
        .sum()
}

pub(crate) fn envelope(event: &Value) -> Vec<u8> {
    let payload = event.to_string();
    let header = json!({"event_id": event["event_id"]});
    let item = json!({"type": "event", "length": payload.len()});
    format!("{header}\n{item}\n{payload}\n").into_bytes()
}

pub(crate) fn event_id() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An error as the Python SDK sends it.
pub(crate) fn zero_division(event_id: &str) -> Value {
    json!({
        "event_id": event_id,
        "platform": "python",
        "level": "error",
        "release": "shop@1.0",
        "environment": "production",
        "tags": {"colour": "red"},
        "user": {"id": "7", "email": "u@example.com"},
        "breadcrumbs": {"values": [{"category": "auth", "message": "signed in"}]},
        "exception": {"values": [{
            "type": "ZeroDivisionError",
            "value": "division by zero",
            "stacktrace": {"frames": [
                {"filename": "app.py", "abs_path": "/srv/app.py", "function": "main", "module": "app", "lineno": 3,
                 "context_line": "    1 / 0", "pre_context": ["def main():"], "post_context": [""], "in_app": true},
            ]},
        }]},
    })
}
