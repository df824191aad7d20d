use core::net::IpAddr;

use protocol::{
    condition::Fields,
    event::{Event, EventType, Request},
};

/// Who sent an item.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client<'a> {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
    /// The browser that [`user_agent`] names; wanted only when [`crate::Filters::wants_browser`] says so.
    pub browser: Option<Browser<'a>>,
}

/// A browser as the regexes of uap-core name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browser<'a> {
    pub family: &'a str,
    pub major: Option<u32>,
}

/// What filters look at in an item. What is absent matches no filter, so a kind of item gives what it has: a session
/// for example client and release.
#[derive(Clone, Copy, Default)]
pub struct Item<'a> {
    pub client: Client<'a>,
    /// The address of the person, as the item names it.
    pub user_ip: Option<&'a str>,
    pub release: Option<&'a str>,
    /// The name of the transaction, for items that are one.
    pub transaction: Option<&'a str>,
    pub request: Option<&'a Request>,
    pub log_body: Option<&'a str>,
    pub trace_metric_name: Option<&'a str>,
    /// What conditions of the project's own ask.
    pub fields: Option<&'a dyn Fields>,
    /// The event itself, for what only events have: exceptions, messages, reports.
    pub event: Option<&'a Event>,
}

impl<'a> Item<'a> {
    pub(crate) fn of_event(event: &'a Event, client: &Client<'a>) -> Self {
        Self {
            client: Client {
                user_agent: user_agent(event, client.user_agent),
                ..*client
            },
            user_ip: event.user.as_ref().and_then(|user| user.ip_address.as_deref()),
            release: event.release.as_deref(),
            transaction: match event.kind {
                EventType::Transaction => event.transaction.as_deref(),
                _ => None,
            },
            request: event.request.as_ref(),
            fields: Some(event),
            event: Some(event),
            ..Self::default()
        }
    }
}

/// The user agent that an event is judged by: that of the request during which it happened, for the sender may be a
/// server; without one, that of the sender.
pub fn user_agent<'a>(event: &'a Event, client: Option<&'a str>) -> Option<&'a str> {
    let request = event.request.as_ref();
    request.and_then(|request| request.header("user-agent")).or(client)
}
