//! Interim signatures.
use std::net::IpAddr;
use model::{EventId, Timestamp};
use protocol::event::{Event, Object};
pub struct Context<'a> { pub received_at: Timestamp, pub event_id: EventId, pub sent_at: Option<Timestamp>, pub client_ip: Option<IpAddr>, pub user_agent: Option<&'a str>, pub sdk_client: Option<&'a str> }
#[derive(Debug, Clone)]
pub struct EventMetadata { pub title: String, pub subtitle: String, pub location: Option<String>, pub culprit: String, pub metadata: Object, pub search_text: String }
#[derive(Debug, Clone)]
pub struct Normalized { pub metadata: EventMetadata, pub tags: Vec<(String, String)> }
pub fn event(_event: &mut Event, _cx: &Context<'_>) -> Normalized { unimplemented!() }
