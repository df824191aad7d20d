use model::EventId;
use protocol::{
    condition::{FieldValue, Fields},
    event::{Event, EventType, Object},
};
use serde_json::Value;

/// What an SDK says about a trace in the header of its envelopes: the dynamic sampling context, fixed when the trace
/// began.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    pub trace_id: [u8; 16],
    pub public_key: Option<String>,
    pub release: Option<String>,
    pub environment: Option<String>,
    pub transaction: Option<String>,
    pub user_id: Option<String>,
    pub user_segment: Option<String>,
    pub replay_id: Option<String>,
    /// The number in 0..1 that the SDK has drawn for the trace.
    pub sample_rand: Option<f64>,
}

impl Trace {
    /// Reads the header; without a trace id there is nothing to decide by.
    pub fn from_header(header: &Object) -> Option<Self> {
        let text = |name: &str| header.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        // Older SDKs nest what they say of the user.
        let nested = |name: &str| header.get("user")?.get(name)?.as_str().filter(|text| !text.is_empty());
        let rand = match header.get("sample_rand") {
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_f64(),
            None => None,
        };
        Some(Self {
            trace_id: id(text("trace_id")?)?,
            public_key: text("public_key").map(str::to_owned),
            release: text("release").map(str::to_owned),
            environment: text("environment").map(str::to_owned),
            transaction: text("transaction").map(str::to_owned),
            user_id: text("user_id").or_else(|| nested("id")).map(str::to_owned),
            user_segment: text("user_segment").or_else(|| nested("segment")).map(str::to_owned),
            replay_id: text("replay_id").map(str::to_owned),
            sample_rand: rand.filter(|rand| (0.0..1.0).contains(rand)),
        })
    }

    /// Of a transaction whose SDK sent no header: it stands for its trace.
    pub fn of_transaction(event: &Event) -> Option<Self> {
        if event.kind != EventType::Transaction {
            return None;
        }
        let user = event.user.as_ref();
        Some(Self {
            trace_id: id(event.context("trace")?.get("trace_id")?.as_str()?)?,
            release: event.release.clone(),
            environment: event.environment.clone(),
            transaction: event.transaction.clone(),
            user_id: user.and_then(|user| user.id.clone()),
            user_segment: user.and_then(|user| user.segment.clone()),
            ..Self::default()
        })
    }
}

fn id(text: &str) -> Option<[u8; 16]> {
    text.parse::<EventId>().ok().map(|id| id.0)
}

impl Fields for Trace {
    fn get(&self, path: &str) -> Option<FieldValue<'_>> {
        let field = match path.strip_prefix("trace.")? {
            "release" => &self.release,
            "environment" => &self.environment,
            "transaction" => &self.transaction,
            "user.id" => &self.user_id,
            "user.segment" => &self.user_segment,
            "replay_id" => &self.replay_id,
            "public_key" => &self.public_key,
            _ => return None,
        };
        field.as_deref().map(FieldValue::from)
    }
}
