use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use integrations::Channels;
use model::{IdGenerator, Node, SharedClock, Timestamp};
use normalize::GeoDatabase;
use store::{
    Store,
    blobs::BlobStore,
    events::{EventIndex, Hidden},
    removed_hashes::RemovedHash,
};
use tokio::sync::Notify;

use crate::{
    alert_firings::Counts,
    discover::Questions,
    intake::Intake,
    limits::Limits,
    metric_alerts,
    options::OptionValues,
    outbound::Outbound,
    passwords::Hasher,
    project_config::ConfigCache,
    project_keys::KeyCache,
    quotas::Counters,
    sdk_loader::SdkBundles,
    seal::Sealer,
    storage::{InstallationRetention, disk::DiskWatch},
    users::attempts::Attempts,
};

/// What every operation works with; cheap to clone.
pub type App = Arc<AppState>;

/// The state that operations share.
#[derive(Debug)]
pub struct AppState {
    pub store: Store,
    /// What is too large for the database: the content of files.
    pub blobs: BlobStore,
    /// Events, spans and logs.
    pub events: EventIndex,
    pub clock: SharedClock,
    pub url: PublicUrl,
    pub(crate) ids: Arc<IdGenerator>,
    /// Rung after the commit of a job.
    pub jobs: queue::Wake,
    /// Tells the places of IP addresses. Set once at the start, or never.
    pub geo: OnceLock<Arc<GeoDatabase>>,
    pub(crate) keys: KeyCache,
    pub(crate) project_configs: ConfigCache,
    pub(crate) counters: Counters,
    pub(crate) hasher: Hasher,
    pub(crate) attempts: Attempts,
    /// The keys of the installation. Set once at the start; else one that ends with the process.
    pub sealer: OnceLock<Sealer>,
    pub(crate) questions: Questions,
    pub options: OptionValues,
    pub limits: Limits,
    /// Where the loader script finds the SDK for browsers. Set once at the start; else the public place.
    pub sdk_bundles: OnceLock<SdkBundles>,
    /// How long rows are kept where nobody has set a time. Set once at the start; else 90 days.
    pub retention: OnceLock<InstallationRetention>,
    pub(crate) disk: DiskWatch,
    pub(crate) alert_counts: Counts,
    pub(crate) metric_alerts: metric_alerts::Memory,
    /// Up to when all that was received is in the event index.
    pub intake: Intake,
    /// How people are told.
    pub channels: Channels,
    /// How everything else outside is asked. Set once at the start.
    pub outbound: OnceLock<Outbound>,
    /// Rung when rows wait to be removed.
    pub(crate) purge: Notify,
}

impl AppState {
    /// `node` tells apart the processes that make ids at the same time.
    pub async fn new(
        store: Store,
        blobs: BlobStore,
        events: EventIndex,
        clock: SharedClock,
        url: PublicUrl,
        node: Node,
    ) -> Result<App, store::Error> {
        let newest = store::instance::newest_id(&mut *store.read().await?).await?;
        let removed = store::removed_hashes::list(&mut *store.read().await?).await?;
        events.hide(removed.into_iter().map(hidden).collect());
        Ok(Arc::new(Self {
            ids: Arc::new(IdGenerator::new(clock.clone(), node, newest)),
            jobs: queue::Wake::default(),
            geo: OnceLock::new(),
            keys: KeyCache::default(),
            project_configs: ConfigCache::default(),
            counters: Counters::default(),
            hasher: Hasher::default(),
            attempts: Attempts::default(),
            sealer: OnceLock::new(),
            questions: Questions::default(),
            options: OptionValues::default(),
            limits: Limits::default(),
            sdk_bundles: OnceLock::new(),
            retention: OnceLock::new(),
            disk: DiskWatch::default(),
            alert_counts: Counts::default(),
            metric_alerts: metric_alerts::Memory::default(),
            intake: Intake::default(),
            channels: Channels::default(),
            outbound: OnceLock::new(),
            purge: Notify::new(),
            store,
            blobs,
            events,
            clock,
            url,
        }))
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        self.sealer.get_or_init(Sealer::random)
    }

    /// Lets what was hidden be removed soon.
    pub(crate) fn wake_purge(&self) {
        self.purge.notify_one();
    }

    /// The sequence of a row of the event index: greater than that of every row that was received before.
    pub fn next_sequence(&self) -> i64 {
        self.ids.next()
    }
}

/// Rows that were deleted and are still in the index.
pub(crate) fn hidden(removed: RemovedHash) -> Hidden {
    Hidden {
        project: removed.project,
        hash: removed.hash,
        sequence: removed.until_sequence,
    }
}

/// The address under which people and SDKs reach this installation, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    /// Nobody has set it.
    is_guess: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address: expected http:// or https://, a host, and perhaps a port and a path")]
pub struct PublicUrlError;

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let url = text.trim().trim_end_matches('/');
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"))
            .ok_or(PublicUrlError)?;
        let bad = rest.is_empty()
            || rest.starts_with('/')
            || rest.contains(['@', '?', '#', '"', '<', '>'])
            || rest.chars().any(|c| c.is_whitespace() || c.is_control());
        if bad {
            Err(PublicUrlError)
        } else {
            Ok(Self {
                text: url.to_owned(),
                is_guess: false,
            })
        }
    }

    /// Where the server listens, which has to do as long as nobody says how others reach it.
    pub fn of_listener(address: SocketAddr) -> Self {
        Self {
            text: format!("http://{address}"),
            is_guess: true,
        }
    }

    /// This address; but where nobody has set it, the one by which somebody has just reached the server.
    #[must_use]
    pub fn or_reached_by(&self, host: Option<&str>) -> Self {
        let host = host.filter(|host| self.is_guess && !host.contains('/'));
        let reached = host.and_then(|host| Self::parse(&format!("http://{host}")).ok());
        reached.unwrap_or_else(|| self.clone())
    }

    /// As `https://tocsin.example`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Cookies may be sent over TLS only.
    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// A page or endpoint; `path` starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The DSN of a key: scheme, key, host with its path, project.
    pub fn dsn(&self, public_key: &str, project: model::ProjectId) -> String {
        self.dsn_with_user(public_key, project)
    }

    /// The form of DSN that SDKs before 2018 want.
    pub fn dsn_with_secret(&self, public_key: &str, secret_key: &str, project: model::ProjectId) -> String {
        self.dsn_with_user(&format!("{public_key}:{secret_key}"), project)
    }

    fn dsn_with_user(&self, user: &str, project: model::ProjectId) -> String {
        let (scheme, rest) = self.text.split_once("://").unwrap_or(("http", &self.text));
        format!("{scheme}://{user}@{rest}/{project}")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_scheme_and_host_and_makes_dsns() {
        let url = PublicUrl::parse("https://tocsin.example/sub/").unwrap();
        assert_eq!(url.dsn("k", model::ProjectId(7)), "https://k@tocsin.example/sub/7");
        assert_eq!(
            url.dsn_with_secret("k", "s", model::ProjectId(7)),
            "https://k:s@tocsin.example/sub/7"
        );
        assert!(url.is_secure());
        for bad in [
            "",
            "tocsin.example",
            "ftp://x",
            "http://",
            "http:///x",
            "http://a b",
            "http://u@x",
            "http://x/?a",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_an_address_that_nobody_set_gives_way_to_the_one_that_was_reached() {
        let guessed = PublicUrl::of_listener("0.0.0.0:9000".parse().unwrap());
        let check = |url: &PublicUrl, host: Option<&str>, expected: &str| {
            assert_eq!(url.or_reached_by(host).as_str(), expected, "{host:?}");
        };
        check(&guessed, Some("tocsin.lan:9000"), "http://tocsin.lan:9000");
        for none in [None, Some(""), Some("a b"), Some("x/y"), Some("u@x")] {
            check(&guessed, none, "http://0.0.0.0:9000");
        }
        let set = PublicUrl::parse("https://tocsin.example").unwrap();
        check(&set, Some("tocsin.lan:9000"), "https://tocsin.example");
    }
}
