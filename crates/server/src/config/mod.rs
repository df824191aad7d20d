//! Settings: defaults, then the file, then the environment, then flags. Nothing else reads the environment.

mod environment;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use ingest::IngestConfig;
use serde::{Deserialize, Serialize};
use services::{
    PublicUrl, mails,
    options::FileOptions,
    outbound::OutboundConfig,
    sdk_loader::SdkBundles,
    seal::Sealer,
    storage::{InstallationRetention, MAX_DAYS},
};
use spool::SpoolConfig;

/// The file that is read when it lies in the working directory and no other is named.
pub(crate) const FILE: &str = "tocsin.toml";

/// All settings. `tocsin.example.toml` shows them with their defaults; a test keeps the two equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Address and port to listen on; port 0 takes any free one.
    pub(crate) listen: String,
    /// The public address, for DSNs and links. Empty: `http://` and the address listened on.
    pub(crate) url: String,
    /// The folder of everything that is kept.
    pub(crate) data_dir: PathBuf,
    /// `postgres://…`. Empty: SQLite in the data folder.
    pub(crate) database_url: String,
    /// Seals secrets in the database: 64 hex digits, or several of these separated by commas, the newest first. Empty: a
    /// key that the first start writes into the data folder, `secret.key`.
    pub(crate) secret_key: String,
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, or several as `info,spool=debug`.
    pub(crate) log: String,
    /// `text`, or `json` with one object a line.
    pub(crate) log_format: LogFormat,
    /// For tests: a file with the number of seconds to add to the wall clock. Empty: none.
    pub(crate) test_clock: PathBuf,
    /// A MaxMind database (`.mmdb`) that tells the place of an IP address. Empty: places are not looked up.
    pub(crate) geo_database: PathBuf,
    /// Where the loader script finds the SDK for browsers; `{version}` and `{bundle}` are filled in.
    pub(crate) sdk_bundles: String,
    /// The mail server: `smtp://user:password@host:port` (STARTTLS where it is offered; `?tls=required`: or nothing is
    /// sent) or `smtps://…`. Empty: the one that is set in the pages, and without one mails are kept in the outbox.
    pub(crate) mail_url: String,
    /// Who mails come from, as `Tocsin <alerts@example.com>`. Empty: what is set in the pages.
    pub(crate) mail_from: String,
    /// What people type in, as the addresses of webhooks, may lead to private and loopback addresses.
    pub(crate) allow_private_targets: bool,
    /// Hosts and networks that it may lead to all the same, separated by commas: `hooks.lan, .corp.lan, 10.1.0.0/16`.
    pub(crate) outbound_allow: String,
    /// A file of certificates (PEM) that are trusted besides the public ones, for mail servers and webhooks.
    pub(crate) tls_roots: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) retention: Retention,
    pub(crate) disk: DiskConfig,
    pub(crate) ingest: IngestConfig,
    pub(crate) spool: SpoolConfig,
    /// Options by name, which come before those that are set in pages.
    pub(crate) options: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Bounds of what clients can make the server hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Most open connections; further ones wait.
    pub(crate) connections: usize,
    /// Seconds a client may take for the head of a request.
    pub(crate) header_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            header_seconds: 10,
        }
    }
}

/// How long rows of the event index are kept where neither project nor organization say something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retention {
    pub(crate) days: u32,
    /// How much the whole index may take; the oldest day goes first. 0: as much as there is.
    pub(crate) index_bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            days: InstallationRetention::default().days,
            index_bytes: 0,
        }
    }
}

/// When the disk of the data folder counts as full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DiskConfig {
    /// With less free, the least important data is no longer taken. At most a twentieth of the disk counts. 0: never.
    pub(crate) floor_bytes: u64,
}

impl Default for DiskConfig {
    fn default() -> Self {
        Self { floor_bytes: 1 << 30 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9000".to_owned(),
            url: String::new(),
            data_dir: PathBuf::from("./tocsin-data"),
            database_url: String::new(),
            secret_key: String::new(),
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            test_clock: PathBuf::new(),
            geo_database: PathBuf::new(),
            sdk_bundles: SdkBundles::default().as_str().to_owned(),
            mail_url: String::new(),
            mail_from: String::new(),
            allow_private_targets: false,
            outbound_allow: String::new(),
            tls_roots: PathBuf::new(),
            limits: Limits::default(),
            retention: Retention::default(),
            disk: DiskConfig::default(),
            ingest: IngestConfig::default(),
            spool: SpoolConfig::default(),
            options: BTreeMap::new(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read the settings file {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the settings file {} is wrong: {message}", path.display())]
    File { path: PathBuf, message: String },
    #[error("{variable} is wrong: {message}")]
    Environment { variable: String, message: String },
    #[error("{setting} = {value:?} is wrong: {message}")]
    Value {
        setting: &'static str,
        value: String,
        message: String,
    },
}

/// Flags, which win over everything else.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Flags {
    /// Settings file [default: tocsin.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on (TOCSIN_LISTEN)
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Public address, for DSNs and links (TOCSIN_URL)
    #[arg(long, global = true, value_name = "URL")]
    url: Option<String>,
    /// Folder of everything that is kept (TOCSIN_DATA_DIR)
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// postgres://… instead of SQLite in the data folder (TOCSIN_DATABASE_URL)
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// What is logged (TOCSIN_LOG)
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
}

impl Config {
    /// Reads file and environment, lets the flags win, and checks every value.
    pub(crate) fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let mut table = match &flags.config {
            Some(path) => read_file(path)?,
            None if Path::new(FILE).exists() => read_file(Path::new(FILE))?,
            None => toml::Table::new(),
        };
        let path = flags.config.clone().unwrap_or_else(|| PathBuf::from(FILE));
        // The file alone first, so that a mistake in it is not blamed on the environment.
        parse(&table).map_err(|message| ConfigError::File { path, message })?;
        environment::overlay(&mut table, std::env::vars_os())?;
        let mut config = parse(&table).map_err(|message| ConfigError::Environment {
            variable: "the environment".to_owned(),
            message,
        })?;
        config.take(flags);
        config.check()?;
        Ok(config)
    }

    fn take(&mut self, flags: &Flags) {
        let Flags {
            config: _,
            listen,
            url,
            data_dir,
            database_url,
            log,
        } = flags.clone();
        self.listen = listen.unwrap_or(std::mem::take(&mut self.listen));
        self.url = url.unwrap_or(std::mem::take(&mut self.url));
        self.data_dir = data_dir.unwrap_or(std::mem::take(&mut self.data_dir));
        self.database_url = database_url.unwrap_or(std::mem::take(&mut self.database_url));
        self.log = log.unwrap_or(std::mem::take(&mut self.log));
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |setting, value: &str, message: &str| {
            Err(ConfigError::Value {
                setting,
                value: value.to_owned(),
                message: message.to_owned(),
            })
        };
        if self.listen.parse::<SocketAddr>().is_err() {
            return wrong(
                "listen",
                &self.listen,
                "expected an IP address and a port, as 127.0.0.1:9000 or [::]:9000",
            );
        }
        if !self.url.is_empty()
            && let Err(error) = PublicUrl::parse(&self.url)
        {
            return wrong("url", &self.url, &error.to_string());
        }
        if let Err(error) = FileOptions::of(self.options.clone()) {
            return wrong("options", "", &error.to_string());
        }
        if let Err(error) = SdkBundles::parse(&self.sdk_bundles) {
            return wrong("sdk_bundles", &self.sdk_bundles, &error.to_string());
        }
        if let Err(error) = mails::of_settings(&self.mail_url, &self.mail_from) {
            // The address holds a password.
            return wrong("mail_url or mail_from", "…", &error.to_string());
        }
        if let Err(error) = OutboundConfig::parse(self.allow_private_targets, &self.outbound_allow) {
            return wrong("outbound_allow", &self.outbound_allow, &error.to_string());
        }
        if !(1..=MAX_DAYS).contains(&self.retention.days) {
            let days = self.retention.days.to_string();
            return wrong(
                "retention.days",
                &days,
                "expected a whole number of days from 1 to 3650",
            );
        }
        let database = &self.database_url;
        if !["", "postgres://", "postgresql://", "sqlite://"].iter().any(|start| {
            if start.is_empty() {
                database.is_empty()
            } else {
                database.starts_with(start)
            }
        }) {
            // The value holds a password: only its beginning is shown.
            let scheme: String = database.chars().take_while(|c| *c != ':').take(16).collect();
            return wrong(
                "database_url",
                &scheme,
                "expected postgres://… or sqlite://…, or nothing for SQLite",
            );
        }
        if !self.secret_key.is_empty()
            && let Err(error) = Sealer::parse(&self.secret_key)
        {
            return wrong("secret_key", "…", &error.to_string());
        }
        if let Err(error) = self.log.parse::<tracing_subscriber::filter::Targets>() {
            return wrong("log", &self.log, &error.to_string());
        }
        Ok(())
    }

    /// Where to listen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listen.parse().expect("checked when loaded")
    }

    /// The public address; `bound` is the address really listened on.
    pub(crate) fn public_url(&self, bound: SocketAddr) -> PublicUrl {
        if self.url.is_empty() {
            return PublicUrl::of_listener(bound);
        }
        PublicUrl::parse(&self.url).expect("checked when loaded")
    }

    pub(crate) fn database_url(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite://{}", self.data_dir.join("tocsin.db").display())
        } else {
            self.database_url.clone()
        }
    }
}

fn read_file(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    text.parse().map_err(|error: toml::de::Error| ConfigError::File {
        path: path.to_owned(),
        message: error.to_string(),
    })
}

fn parse(table: &toml::Table) -> Result<Config, String> {
    table
        .clone()
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../../tocsin.example.toml");

    #[test]
    fn the_example_holds_every_setting_with_its_default() {
        let example: toml::Table = EXAMPLE.parse().unwrap();
        assert_eq!(example, toml::Table::try_from(Config::default()).unwrap());
    }

    #[test]
    fn wrong_values_are_named() {
        let check = |change: fn(&mut Config), expected: &str| {
            let mut config = Config::default();
            change(&mut config);
            let error = config.check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(|config| config.listen = "9000".to_owned(), "listen = \"9000\"");
        check(|config| config.url = "tocsin.example".to_owned(), "expected http://");
        check(|config| config.log = "info,spool=loudest".to_owned(), "log = ");
        check(
            |config| config.database_url = "mysql://user:secret@x".to_owned(),
            "\"mysql\"",
        );
        let secret = |config: &mut Config| config.secret_key = "not-a-key".to_owned();
        check(secret, "expected keys of 64 hex digits");
        let mut config = Config::default();
        secret(&mut config);
        assert!(!config.check().unwrap_err().to_string().contains("not-a-key"));
        assert!(Config::default().check().is_ok());
    }
}
