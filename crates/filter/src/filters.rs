use std::borrow::Cow;

use core::net::IpAddr;

use model::Outcome;
use protocol::{
    condition::{Condition, FieldValue, Fields, Globs, Network, health_checks},
    event::Event,
};

use crate::{
    browser_extensions,
    csp::Sources,
    generic::{self, GenericFilters},
    item::{Client, Item},
    legacy_browsers::Versions,
    localhost, messages,
    settings::{Settings, SettingsError, read_globs, read_networks},
    web_crawlers,
};

/// Why an item was filtered: the id of the filter, as outcomes carry it (`ingest.md` §1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(Cow<'static, str>);

impl Reason {
    pub fn id(&self) -> &str {
        &self.0
    }

    const fn of(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }
}

impl From<Reason> for Outcome {
    fn from(reason: Reason) -> Self {
        Self::filtered(reason.0)
    }
}

/// The filters of a project, ready to be applied. The default lets everything through.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters {
    csp: Sources,
    networks: Vec<Network>,
    releases: Globs,
    error_messages: Globs,
    localhost: bool,
    browser_extensions: bool,
    legacy_browsers: Versions,
    web_crawlers: bool,
    /// The names of transactions that are dropped.
    transactions: Globs,
    generic: Vec<(Cow<'static, str>, Condition)>,
    log_messages: Globs,
    trace_metric_names: Globs,
}

impl Filters {
    /// Every error there is, or filters that do what the settings say.
    pub fn new(settings: &Settings) -> Result<Self, Vec<SettingsError>> {
        let (filters, errors) = Self::valid_part(settings);
        if errors.is_empty() { Ok(filters) } else { Err(errors) }
    }

    /// What is wrong in stored settings is left out and told; the rest works.
    pub fn valid_part(settings: &Settings) -> (Self, Vec<SettingsError>) {
        Self::with_global(settings, &GenericFilters::default())
    }

    /// The same, with conditions that hold for all projects.
    pub fn with_global(settings: &Settings, global: &GenericFilters) -> (Self, Vec<SettingsError>) {
        let mut errors = Vec::new();
        let transactions = if settings.filtered_transaction {
            health_checks()
        } else {
            Globs::default()
        };
        let mut generic = generic::built_in(settings);
        generic.extend(generic::compile(&settings.custom, global, &mut errors));
        let filters = Self {
            csp: Sources::new(&settings.csp, &mut errors),
            networks: read_networks("blacklisted_ips", &settings.blacklisted_ips, &mut errors),
            releases: read_globs("releases", &settings.releases, &mut errors),
            error_messages: read_globs("error_messages", &settings.error_messages, &mut errors),
            localhost: settings.localhost,
            browser_extensions: settings.browser_extensions,
            legacy_browsers: Versions::new(&settings.legacy_browsers, &mut errors),
            web_crawlers: settings.web_crawlers,
            transactions,
            generic,
            log_messages: read_globs("log_messages", &settings.log_messages, &mut errors),
            trace_metric_names: read_globs("trace_metric_names", &settings.trace_metric_names, &mut errors),
        };
        (filters, errors)
    }

    /// Whether [`Client::browser`] is looked at: parsing a user agent is dear.
    pub fn wants_browser(&self) -> bool {
        !self.legacy_browsers.is_empty()
    }

    /// Errors, transactions, feedback, security reports: whatever is an event, once it is normalized.
    pub fn event(&self, event: &Event, client: &Client<'_>) -> Option<Reason> {
        self.item(&Item::of_event(event, client))
    }

    /// One log, by its body.
    pub fn log(&self, body: &str, client: &Client<'_>) -> Option<Reason> {
        let fields = Named("log.body", body);
        self.item(&Item {
            client: *client,
            log_body: Some(body),
            fields: Some(&fields),
            ..Item::default()
        })
    }

    /// One metric of a trace, by its name.
    pub fn trace_metric(&self, name: &str, client: &Client<'_>) -> Option<Reason> {
        let fields = Named("trace_metric.name", name);
        self.item(&Item {
            client: *client,
            trace_metric_name: Some(name),
            fields: Some(&fields),
            ..Item::default()
        })
    }

    /// Any item by what it has. The first filter that matches gives the reason, in the order of the reference.
    pub fn item(&self, item: &Item<'_>) -> Option<Reason> {
        if item.event.is_some_and(|event| self.csp.matches(event)) {
            return Some(Reason::of("invalid-csp"));
        }
        if self.is_from_networks(item) {
            return Some(Reason::of("ip-address"));
        }
        if item.release.is_some_and(|release| self.releases.is_match(release)) {
            return Some(Reason::of("release-version"));
        }
        if item
            .event
            .is_some_and(|event| messages::matches(event, &self.error_messages))
        {
            return Some(Reason::of("error-message"));
        }
        if self.localhost && localhost::matches(item) {
            return Some(Reason::of("localhost"));
        }
        if self.browser_extensions && item.event.is_some_and(browser_extensions::matches) {
            return Some(Reason::of("browser-extensions"));
        }
        if item
            .client
            .browser
            .is_some_and(|browser| self.legacy_browsers.matches(browser))
        {
            return Some(Reason::of("legacy-browsers"));
        }
        if self.web_crawlers && item.client.user_agent.is_some_and(web_crawlers::matches) {
            return Some(Reason::of("web-crawlers"));
        }
        if item.transaction.is_some_and(|name| self.transactions.is_match(name)) {
            return Some(Reason::of("filtered-transaction"));
        }
        if item.log_body.is_some_and(|body| self.log_messages.is_match(body)) {
            return Some(Reason::of("log-message"));
        }
        if item
            .trace_metric_name
            .is_some_and(|name| self.trace_metric_names.is_match(name))
        {
            return Some(Reason::of("trace-metric-name"));
        }
        let fields = item.fields?;
        let (id, _) = self.generic.iter().find(|(_, condition)| condition.matches(fields))?;
        Some(Reason(id.clone()))
    }

    fn is_from_networks(&self, item: &Item<'_>) -> bool {
        if self.networks.is_empty() {
            return false;
        }
        let user = item.user_ip.and_then(|ip| ip.parse::<IpAddr>().ok());
        let mut addresses = item.client.ip.into_iter().chain(user);
        addresses.any(|address| self.networks.iter().any(|network| network.contains(address)))
    }
}

/// An item with one field.
struct Named<'a>(&'static str, &'a str);

impl Fields for Named<'_> {
    fn get(&self, path: &str) -> Option<FieldValue<'_>> {
        (path == self.0).then(|| self.1.into())
    }
}
