//! What the installation sends to others: the one HTTP client, and the channels that reach people.

use std::sync::Arc;

pub use integrations::http::RootsError;
use integrations::{Allowed, AllowedError, Guard, email::EmailChannel, http::HttpClient, webhook::WebhookChannel};

use crate::{App, mails};

/// What the settings of the process say about addresses elsewhere.
#[derive(Debug, Clone, Default)]
pub struct OutboundConfig {
    /// What people typed in may lead to private and loopback addresses.
    pub allow_private: bool,
    /// Hosts and networks that it may lead to all the same.
    pub allowed: Vec<Allowed>,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub roots: String,
}

impl OutboundConfig {
    /// Reads a list of hosts and networks.
    pub fn parse(allow_private: bool, allowed: &str) -> Result<Self, AllowedError> {
        Ok(Self {
            allow_private,
            allowed: Allowed::parse_list(allowed)?,
            roots: String::new(),
        })
    }
}

/// What is made of it.
#[derive(Debug, Clone)]
pub struct Outbound {
    pub client: HttpClient,
    pub(crate) roots: String,
}

impl Outbound {
    pub fn new(config: OutboundConfig) -> Result<Self, RootsError> {
        let guard = Guard {
            allow_private: config.allow_private,
            allowed: config.allowed,
        };
        Ok(Self {
            client: HttpClient::with_roots(guard, &config.roots)?,
            roots: config.roots,
        })
    }
}

/// Sets the client and the channels. Meant to be called once, at the start.
pub fn open(app: &App, config: OutboundConfig) -> Result<(), RootsError> {
    let outbound = Outbound::new(config)?;
    let outbound = app.outbound.get_or_init(|| outbound);
    let source = mails::SmtpOfApp::new(app);
    app.channels.register(EmailChannel::new(Arc::new(source)));
    app.channels.register(WebhookChannel::new(outbound.client.clone()));
    Ok(())
}
