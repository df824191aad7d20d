//! Error events as a busy Python service sends them: about 20 KB each, from 500 places in its code, no two alike, so that
//! each of them alone still compresses to 2 KB or more.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// How many places in the code fail, one issue each.
pub const ISSUES: usize = 500;

/// Makes events; equal seeds make equal events.
#[derive(Debug, Clone)]
pub struct Load {
    random: Random,
    /// Summed weights of the issues: a few fail often, most seldom (Zipf).
    weights: Vec<f64>,
}

const WORDS: [&str; 40] = [
    "account",
    "address",
    "archive",
    "basket",
    "batch",
    "billing",
    "branch",
    "bucket",
    "cache",
    "catalog",
    "channel",
    "checkout",
    "cluster",
    "coupon",
    "customer",
    "delivery",
    "discount",
    "export",
    "gateway",
    "import",
    "inventory",
    "invoice",
    "ledger",
    "mailbox",
    "member",
    "order",
    "parcel",
    "payment",
    "pricing",
    "queue",
    "refund",
    "region",
    "report",
    "search",
    "session",
    "shipment",
    "stock",
    "tenant",
    "voucher",
    "warehouse",
];

const VERBS: [&str; 20] = [
    "apply",
    "build",
    "calculate",
    "check",
    "collect",
    "create",
    "dispatch",
    "fetch",
    "find",
    "handle",
    "load",
    "merge",
    "parse",
    "process",
    "publish",
    "reserve",
    "resolve",
    "send",
    "update",
    "validate",
];

const ERRORS: [&str; 12] = [
    "ValueError",
    "KeyError",
    "TypeError",
    "ConnectionError",
    "TimeoutError",
    "IntegrityError",
    "PermissionError",
    "LookupError",
    "RuntimeError",
    "DecimalError",
    "ValidationError",
    "OSError",
];

const LIBRARIES: [(&str, &str); 6] = [
    ("django.core.handlers.base", "django/core/handlers/base.py"),
    ("django.db.models.query", "django/db/models/query.py"),
    ("requests.sessions", "requests/sessions.py"),
    ("urllib3.connectionpool", "urllib3/connectionpool.py"),
    ("celery.app.trace", "celery/app/trace.py"),
    ("sqlalchemy.engine.base", "sqlalchemy/engine/base.py"),
];

const FRAMES: usize = 13;
const BREADCRUMBS: usize = 26;

impl Load {
    pub fn new(seed: u64) -> Self {
        let mut sum = 0.0;
        let weights = (1..=ISSUES)
            .map(|rank| {
                #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
                let weight = 1.0 / rank as f64;
                sum += weight;
                sum
            })
            .collect();
        Self {
            random: Random(seed.wrapping_mul(2).wrapping_add(1)),
            weights,
        }
    }

    /// The payload of an event that happened then (Unix seconds).
    pub fn event(&mut self, timestamp: f64) -> Vec<u8> {
        let issue = self.issue();
        serde_json::to_vec(&self.event_of(issue, timestamp)).expect("a JSON value can be written")
    }

    /// An envelope with such an event, and the event's id.
    pub fn envelope(&mut self, timestamp: f64) -> (String, Vec<u8>) {
        let payload = self.event(timestamp);
        let id = self.random.hex(32);
        let mut envelope = format!(
            "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\",\"length\":{}}}\n",
            payload.len()
        )
        .into_bytes();
        envelope.extend(payload);
        envelope.push(b'\n');
        (id, envelope)
    }

    fn issue(&mut self) -> usize {
        let total = self.weights.last().copied().unwrap_or(1.0);
        let at = self.random.unit() * total;
        self.weights.partition_point(|sum| *sum < at).min(ISSUES - 1)
    }

    fn event_of(&mut self, issue: usize, timestamp: f64) -> Value {
        let (noun, verb) = (WORDS[issue % WORDS.len()], VERBS[issue / WORDS.len() % VERBS.len()]);
        let error = ERRORS[issue % ERRORS.len()];
        let user = self.random.below(50_000);
        let random = &mut self.random;
        let frames: Vec<Value> = (0..FRAMES).map(|depth| frame(random, issue, depth)).collect();
        let breadcrumbs: Vec<Value> = (0..BREADCRUMBS)
            .map(|number| {
                breadcrumb(
                    random,
                    timestamp - 60.0 + 2.0 * f64::from(u8::try_from(number).unwrap_or(0)),
                )
            })
            .collect();
        json!({
            "timestamp": timestamp,
            "platform": "python",
            "level": "error",
            "logger": format!("shop.{noun}"),
            "transaction": format!("/api/{noun}/{verb}"),
            "release": format!("shop@2.{}.0", issue % 7),
            "environment": (["production", "staging", "canary"][issue % 3]),
            "server_name": format!("web-{}", random.below(40)),
            "exception": {"values": [{
                "type": error,
                "value": format!("could not {verb} {noun} {} for {}", random.below(1_000_000), random.hex(12)),
                "module": format!("shop.{noun}.errors"),
                "mechanism": {"type": "django", "handled": false},
                "stacktrace": {"frames": frames},
            }]},
            "breadcrumbs": {"values": breadcrumbs},
            "request": {
                "url": format!("https://shop.example/api/{noun}/{}/{verb}", random.below(1_000_000)),
                "method": "POST",
                "query_string": format!("page={}&ref={}", random.below(100), random.hex(8)),
                "headers": {
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                    "Host": "shop.example",
                    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
                    "X-Request-Id": random.hex(32),
                    "X-Forwarded-For": format!("198.51.100.{}", random.below(250)),
                },
                "data": {"cart": random.hex(16), "quantity": random.below(20), "note": random.sentence(12)},
                "env": {"SERVER_NAME": "shop.example", "SERVER_PORT": "443", "REMOTE_ADDR": format!("203.0.113.{}", random.below(250))},
            },
            "user": {"id": user.to_string(), "email": format!("user{user}@customers.example"), "username": format!("user{user}")},
            "tags": {"tenant": format!("t{}", random.below(300)), "region": (["eu", "us", "ap"][issue % 3]), "shard": random.below(64).to_string()},
            "extra": {"trace": random.hex(64), "attempt": random.below(5), "payload": random.sentence(40)},
            "contexts": {
                "trace": {"trace_id": random.hex(32), "span_id": random.hex(16), "op": "http.server"},
                "runtime": {"name": "CPython", "version": "3.13.1"},
            },
            "modules": {"django": "5.2.1", "requests": "2.33.0", "celery": "5.6.0", "sqlalchemy": "2.1.0"},
            "sdk": {"name": "sentry.python.django", "version": "2.75.0", "integrations": ["django", "logging", "stdlib"]},
        })
    }
}

fn frame(random: &mut Random, issue: usize, depth: usize) -> Value {
    let library = depth.is_multiple_of(3);
    let place = issue.wrapping_mul(31).wrapping_add(depth.wrapping_mul(7));
    let (noun, verb) = (WORDS[place % WORDS.len()], VERBS[(issue + depth) % VERBS.len()]);
    let (module, path) = if library {
        let (module, path) = LIBRARIES[depth % LIBRARIES.len()];
        (module.to_owned(), path.to_owned())
    } else {
        (format!("shop.{noun}.views"), format!("shop/{noun}/views.py"))
    };
    let line = |offset: usize| format!("    {noun}_{offset} = self.{verb}_{noun}(request, {offset}, retry=True)");
    json!({
        "module": module,
        "filename": path,
        "abs_path": format!("/srv/app/{path}"),
        "function": format!("{verb}_{noun}"),
        "lineno": 40 + place % 400,
        "pre_context": [line(1), line(2), line(3), line(4), line(5)],
        "context_line": format!("    return self.{verb}_{noun}(request)"),
        "post_context": [line(6), line(7), line(8), line(9), line(10)],
        "in_app": !library,
        "vars": {
            "self": format!("<shop.{noun}.views.{noun} object at 0x{}>", random.hex(12)),
            "request": format!("<WSGIRequest: POST '/api/{noun}/{}'>", random.below(1_000_000)),
            "token_count": random.below(10_000),
            "row": {"id": random.below(10_000_000), "hash": random.hex(20)},
        },
    })
}

fn breadcrumb(random: &mut Random, timestamp: f64) -> Value {
    let noun = random.word();
    json!({
        "type": "default",
        "category": "query",
        "level": "info",
        "timestamp": timestamp,
        "message": format!("SELECT * FROM {noun} WHERE id = {} AND owner = '{}'", random.below(1_000_000), random.hex(8)),
        "data": {"db.system": "postgresql", "duration_ms": random.below(500)},
    })
}

/// A small generator of pseudo-random numbers (xorshift with a multiplication): the same on every machine.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// From 0 to below 1.
    fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let numerator = (self.next() >> 11) as f64;
        numerator / (1_u64 << 53) as f64
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            write!(text, "{:016x}", self.next()).expect("a text can be written to");
        }
        text.truncate(digits);
        text
    }

    fn word(&mut self) -> &'static str {
        WORDS[usize::try_from(self.below(WORDS.len() as u64)).unwrap_or(0)]
    }

    fn sentence(&mut self, words: usize) -> String {
        let words: Vec<&str> = (0..words).map(|_| self.word()).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_large_and_no_two_are_alike() {
        let mut load = Load::new(1);
        let events: Vec<Vec<u8>> = (0..50).map(|_| load.event(1_763_700_000.0)).collect();
        for (number, event) in events.iter().enumerate() {
            assert!((18_000..24_000).contains(&event.len()), "{} bytes", event.len());
            assert!(!events[..number].contains(event), "event {number} came before");
        }
        assert_eq!(
            Load::new(1).event(1.0),
            Load::new(1).event(1.0),
            "the same seed, the same events"
        );
    }
}
