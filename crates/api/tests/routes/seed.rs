use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use grouping::StrategyId;
use model::{EventId, IssueId, ProjectId, Timestamp};
use normalize::Context;
use protocol::event::Event;
use serde_json::{Value, json};
use services::events::{self, ProcessedEvent, Saved};

use crate::api::{Api, NOW};

impl Api {
    pub(crate) fn project(&self) -> ProjectId {
        self.installation.project_id
    }

    /// Saves an event of `shop` as processing does.
    pub(crate) async fn save(&self, payload: Value) -> (IssueId, EventId) {
        self.save_in(self.project(), payload).await
    }

    pub(crate) async fn save_in(&self, project: ProjectId, payload: Value) -> (IssueId, EventId) {
        let id = payload["event_id"]
            .as_str()
            .map_or_else(next_id, |id| id.parse().unwrap());
        let mut event = Event::from_json(payload).unwrap();
        let context = Context {
            received_at: NOW,
            event_id: id,
            sent_at: None,
            client_ip: None,
            user_agent: None,
            sdk_client: None,
        };
        let normalized = normalize::event(&mut event, &context);
        let processed = ProcessedEvent {
            project,
            id,
            received_at: NOW,
            grouping: grouping::group(&event, StrategyId::NEWEST),
            payload: event.to_json(),
            event,
            normalized,
        };
        let mut tx = self.app.store.begin().await.unwrap();
        let saved = events::save(&self.app, &mut tx, &processed).await.unwrap();
        tx.commit().await.unwrap();
        match saved {
            Saved::NewIssue(issue) | Saved::KnownIssue(issue) | Saved::Regression(issue) => (issue, id),
            Saved::Duplicate => panic!("{id} was there"),
        }
    }

    /// An issue of its own for each name, the first with the oldest event; ids in the order of the names.
    pub(crate) async fn save_issues(&self, names: &[&str]) -> Vec<IssueId> {
        let mut issues = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let age = minutes(10 * (names.len() - index) as u64);
            issues.push(self.save(message(name, NOW - age)).await.0);
        }
        issues
    }
}

pub(crate) fn minutes(number: u64) -> Duration {
    Duration::from_secs(60 * number)
}

/// Ids rise, so that events of the same time have an order that a test can rely on.
fn next_id() -> EventId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    EventId((u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) << 64 | 0xabc).to_be_bytes())
}

/// A message event that makes an issue of its own for each name.
pub(crate) fn message(name: &str, at: Timestamp) -> Value {
    json!({ "message": format!("{name} happened"), "fingerprint": [name], "timestamp": at.to_string() })
}

/// An exception with all that an event can have.
pub(crate) fn rich(at: Timestamp) -> Value {
    json!({
        "event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0",
        "timestamp": at.to_string(),
        "platform": "python",
        "level": "fatal",
        "logger": "shop.checkout",
        "release": "shop@1.2.0",
        "dist": "7",
        "environment": "production",
        "server_name": "web-1",
        "transaction": "/checkout",
        "logentry": { "message": "paying %s failed", "params": ["order 7"], "formatted": "paying order 7 failed" },
        "exception": { "values": [
            { "type": "KeyError", "value": "'price'", "stacktrace": { "frames": [
                { "function": "price", "filename": "shop/items.py", "lineno": 9, "in_app": true }
            ] } },
            {
                "type": "ZeroDivisionError",
                "value": "division by zero",
                "module": "builtins",
                "thread_id": 12,
                "mechanism": { "type": "django", "handled": false },
                "stacktrace": { "frames": [
                    {
                        "function": "get_response",
                        "module": "django.core.handlers",
                        "filename": "django/core/handlers/base.py",
                        "abs_path": "/usr/lib/django/core/handlers/base.py",
                        "lineno": 113,
                        "in_app": false
                    },
                    {
                        "function": "checkout",
                        "module": "shop.views",
                        "filename": "shop/views.py",
                        "abs_path": "/app/shop/views.py",
                        "lineno": 42,
                        "colno": 7,
                        "pre_context": ["def checkout(cart):", "    count = 0"],
                        "context_line": "    return total / count",
                        "post_context": ["", "def pay():"],
                        "in_app": true,
                        "vars": { "count": "0", "größe": "ß" }
                    }
                ] }
            }
        ] },
        "threads": { "values": [{ "id": 12, "name": "main", "crashed": true, "current": true }] },
        "breadcrumbs": { "values": [
            { "timestamp": (at - minutes(1)).to_string(), "type": "http", "category": "xhr", "level": "info",
              "message": "GET /price", "data": { "status_code": 500 } },
            { "timestamp": at.to_string(), "message": "no price" }
        ] },
        "request": {
            "url": "https://shop.example/checkout",
            "method": "POST",
            "query_string": "coupon=A&coupon=B",
            "headers": { "User-Agent": "curl/8", "X-Trace": "1" },
            "cookies": "theme=dark",
            "data": { "card": "yes" },
            "env": { "REMOTE_ADDR": "192.0.2.1" }
        },
        "user": { "id": "7", "email": "ada@example.com", "ip_address": "192.0.2.1", "plan": "gold" },
        "tags": { "region": "eu" },
        "contexts": { "runtime": { "name": "CPython", "version": "3.13.1" } },
        "extra": { "cart": [1, 2] },
        "modules": { "django": "5.1" },
        "sdk": { "name": "sentry.python", "version": "2.75.0" },
        "errors": [
            { "type": "invalid_data", "name": "tags.bad", "value": [], "reason": "expected a string" },
            { "type": "invalid_data", "name": "extra.bad", "value": [] }
        ],
        "_meta": {
            "exception": { "values": { "1": { "stacktrace": { "frames": { "1": { "abs_path": { "": { "len": 300 } } } } } } } },
            "tags": { "region": { "": { "len": 250 } } },
            "extra": { "cart": { "": { "len": 9 } } }
        }
    })
}
