use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::body::Bytes;
use model::{AttachmentId, DataCategory, EventId, IssueId, Outcome, ProjectId, Timestamp};
use normalize::Context;
use protocol::event::Event;
use serde_json::{Value, json};
use services::{
    attachments::{self, NewAttachment},
    events::{self, Saved, TraceOrigin},
    project_config::{self, ProjectConfig},
    project_keys,
    stored_items::{self, NewStoredItem},
};
use store::{
    outcomes::{OutcomeCounts, OutcomeKey},
    stored_items::StoredItemKind,
};

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
        match self.process(project, payload).await {
            (Saved::NewIssue(issue) | Saved::KnownIssue(issue) | Saved::Regression(issue), id) => (issue, id),
            (other, id) => panic!("{id}: {other:?}"),
        }
    }

    /// Saves a transaction of `shop`, which belongs to no issue.
    pub(crate) async fn save_transaction(&self, payload: Value) -> EventId {
        let (saved, id) = self.process(self.project(), payload).await;
        assert_eq!(saved, Saved::WithoutIssue);
        id
    }

    /// Whether an event of `shop` is dropped because its issue was discarded.
    pub(crate) async fn is_discarded(&self, payload: Value) -> bool {
        self.process(self.project(), payload).await.0 == Saved::Discarded
    }

    async fn process(&self, project: ProjectId, payload: Value) -> (Saved, EventId) {
        let id = payload["event_id"]
            .as_str()
            .map_or_else(next_id, |id| id.parse().unwrap());
        let event = Event::from_json(payload).unwrap();
        let config = self.config(project).await;
        let processed = events::process(event, &Context::new(NOW, id), TraceOrigin::default(), &config).unwrap();
        let saved = events::record(&self.app, vec![processed.into()]).await.unwrap();
        (saved[0], id)
    }

    async fn config(&self, project: ProjectId) -> Arc<ProjectConfig> {
        let mut db = self.app.store.read().await.unwrap();
        let organizations = store::organizations::list_all(&mut db).await.unwrap();
        drop(db);
        for organization in organizations {
            let config = project_config::get(&self.app, organization.id, project).await;
            if let Some(config) = config.unwrap() {
                return config;
            }
        }
        panic!("no organization has the project {project}");
    }

    /// Keeps a file of an event of `shop`.
    pub(crate) async fn attach(&self, event_id: EventId, name: &str, kind: &str, content: &[u8]) -> AttachmentId {
        let config = self.config(self.project()).await;
        let content = attachments::prepare(&self.app, Bytes::copy_from_slice(content))
            .await
            .unwrap();
        let new = NewAttachment {
            organization: config.organization,
            project: config.project,
            event_id,
            name: name.to_owned(),
            content_type: None,
            attachment_type: kind.to_owned(),
            received_at: NOW,
        };
        let mut tx = self.app.store.begin().await.unwrap();
        let id = attachments::create(&self.app, &mut tx, &new, &content).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Keeps an item of `shop` for a later part of the product.
    pub(crate) async fn store_item(&self, kind: StoredItemKind, key: &str, position: i64, payload: &[u8]) {
        let config = self.config(self.project()).await;
        let prepared = stored_items::prepare(&self.app, Bytes::copy_from_slice(payload))
            .await
            .unwrap();
        let new = NewStoredItem {
            organization: config.organization,
            project: config.project,
            kind,
            key: key.to_owned(),
            part: String::new(),
            position,
            event_id: None,
            timestamp: NOW,
            received_at: NOW,
            release: Some("shop@1.2.0".to_owned()),
            environment: None,
        };
        let mut tx = self.app.store.begin().await.unwrap();
        assert!(stored_items::create(&self.app, &mut tx, &new, &prepared).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Counts items of `shop`, so many minutes ago.
    pub(crate) async fn count(&self, ago: Duration, category: DataCategory, outcome: Outcome, quantity: i64) {
        let owner = project_keys::find_owner(&self.app, &self.installation.public_key).await;
        let owner = owner.unwrap().unwrap();
        let key = OutcomeKey {
            hour: (NOW - ago).truncate(OutcomeKey::HOUR),
            organization: owner.organization,
            project: owner.project,
            key: owner.key,
            category,
            outcome,
        };
        let mut tx = self.app.store.begin().await.unwrap();
        store::outcomes::add(&mut tx, &OutcomeCounts::from([(key, quantity)]))
            .await
            .unwrap();
        tx.commit().await.unwrap();
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
