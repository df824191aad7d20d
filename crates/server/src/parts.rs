//! Opening the parts of an installation: data folder, database, spool.

use std::{fs, io, path::Path, sync::Arc};

use model::{Node, SharedClock, SystemClock};
use normalize::GeoDatabase;
use rustix::fs::FlockOperation;
use services::{
    App, AppState, PublicUrl, mails,
    options::{self, FileOptions},
    outbound::OutboundConfig,
    seal::Sealer,
    storage::{InstallationRetention, disk::Disk as MeasuredDisk},
};
use spool::{
    OpenOptions, Position, Spool,
    disk::RealDisk,
    quarantine::{Quarantine, QuarantineConfig},
};
use store::{
    Store, StoreConfig,
    blobs::BlobStore,
    events::{EventIndex, IndexConfig},
    index_batches, spool_positions,
};

use crate::config::Config;

#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot make the data folder {folder}")]
    Folder { folder: String, source: io::Error },
    #[error("the data folder {0} is in use by another tocsin: stop that one, or set TOCSIN_DATA_DIR to another folder")]
    Locked(String),
    #[error("cannot read the geo database {path}: {reason}")]
    Geo { path: String, reason: String },
    #[error("cannot use the secret key: {0}")]
    SecretKey(String),
    #[error("the certificates of tls_roots cannot be used: {0}")]
    Roots(String),
    #[error(transparent)]
    Outbound(#[from] services::outbound::RootsError),
    #[error("cannot open the database")]
    Database(#[from] store::Error),
    #[error("cannot open the folder of files")]
    Blobs(#[from] store::blobs::OpenError),
    #[error("cannot open the event index")]
    Events(#[from] store::events::OpenError),
    #[error(transparent)]
    Spool(#[from] spool::OpenError),
    #[error("cannot open the quarantine")]
    Quarantine(#[from] spool::quarantine::QuarantineError),
}

/// The clock of this process, and the handle to re-read the test clock's file.
pub(crate) fn clock(config: &Config) -> Arc<SystemClock> {
    if config.test_clock.as_os_str().is_empty() {
        Arc::new(SystemClock::new())
    } else {
        Arc::new(SystemClock::with_offset_file(&config.test_clock))
    }
}

/// Makes the data folder, for its owner only. So is from here on whatever this process makes.
pub(crate) fn data_folder(config: &Config) -> Result<(), OpenError> {
    use std::os::unix::fs::DirBuilderExt as _;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let folder = &config.data_dir;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| OpenError::Folder {
            folder: folder.display().to_string(),
            source,
        })
}

/// The right to spool, index and queues of a data folder; given back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "the lock is held as long as the file is open")] fs::File);

impl FolderLock {
    /// `None` when another process has it.
    pub(crate) fn take(config: &Config) -> Result<Option<Self>, OpenError> {
        let folder_error = |source| OpenError::Folder {
            folder: config.data_dir.display().to_string(),
            source,
        };
        let path = config.data_dir.join("lock");
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(path)
            .map_err(folder_error)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(folder_error(error.into())),
        }
    }
}

/// Opens the database and what operations need.
pub(crate) async fn app(config: &Config, clock: SharedClock, url: PublicUrl, node: Node) -> Result<App, OpenError> {
    let store = Store::open(&StoreConfig::new(config.database_url())).await?;
    if config.database_url.is_empty() {
        private(&config.data_dir.join("tocsin.db"));
    }
    let blobs = blobs(config, &store)?;
    let events = events(config)?;
    let app = AppState::new(store, blobs, events, clock, url, node).await?;
    let sealer = sealer(config)?;
    app.sealer.get_or_init(|| sealer);
    app.options.set_file(options(config, &app.url));
    services::outbound::open(&app, outbound(config)?)?;
    services::notifications::push::open(&app).await?;
    Ok(app)
}

/// What may be reached outside, and what is trusted there.
fn outbound(config: &Config) -> Result<OutboundConfig, OpenError> {
    let path = &config.tls_roots;
    let unusable = |error: &dyn std::fmt::Display| OpenError::Roots(format!("{}: {error}", path.display()));
    let mut outbound = OutboundConfig::parse(config.allow_private_targets, &config.outbound_allow)
        .map_err(|error| unusable(&error))?;
    if !path.as_os_str().is_empty() {
        outbound.roots = fs::read_to_string(path).map_err(|error| unusable(&error))?;
    }
    Ok(outbound)
}

/// The options that the settings have, and settings that are shown among the options.
fn options(config: &Config, url: &PublicUrl) -> FileOptions {
    let own = [
        (options::URL_PREFIX.name, url.as_str()),
        (options::SECRET_KEY.name, config.secret_key.as_str()),
    ];
    let own = own.into_iter().filter(|(_, value)| !value.is_empty());
    let own = own.map(|(name, value)| (name.to_owned(), value.into()));
    let of_mail = mails::of_settings(&config.mail_url, &config.mail_from).unwrap_or_default();
    FileOptions::of(config.options.clone().into_iter().chain(own).chain(of_mail)).unwrap_or_default()
}

/// The keys that seal secrets: those of the settings, or that of the data folder, which is made when it is not there.
fn sealer(config: &Config) -> Result<Sealer, OpenError> {
    if !config.secret_key.is_empty() {
        return Sealer::parse(&config.secret_key).map_err(|error| OpenError::SecretKey(error.to_string()));
    }
    let path = config.data_dir.join("secret.key");
    let unusable = |error: &dyn std::fmt::Display| OpenError::SecretKey(format!("{}: {error}", path.display()));
    if !path.exists() {
        write_new_key(config, &path).map_err(|error| unusable(&error))?;
    }
    let text = fs::read_to_string(&path).map_err(|error| unusable(&error))?;
    Sealer::parse(text.trim()).map_err(|error| unusable(&error))
}

/// Two processes may do this at once: the file appears whole, and only once.
fn write_new_key(config: &Config, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let own = config.data_dir.join(format!("secret.key.{}", std::process::id()));
    let mut file = fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&own)?;
    io::Write::write_all(&mut file, Sealer::new_key().as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Lets the process open as many files as it may: each connection is one, and each segment of the event index.
pub(crate) fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(error = %error, "the limit of open files could not be raised");
    }
}

/// Opens the event index; nothing is read or written yet.
pub(crate) fn events(config: &Config) -> Result<EventIndex, OpenError> {
    Ok(EventIndex::open(
        &config.data_dir.join("index"),
        IndexConfig::default(),
    )?)
}

/// How long rows are kept where nobody has said something.
pub(crate) fn retention(config: &Config) -> InstallationRetention {
    InstallationRetention {
        days: config.retention.days,
        index_bytes: Some(config.retention.index_bytes).filter(|bytes| *bytes > 0),
    }
}

/// How much of the data folder's disk is free.
pub(crate) fn disk(config: &Config) -> io::Result<MeasuredDisk> {
    let measured = rustix::fs::statvfs(&config.data_dir)?;
    let total_bytes = measured.f_blocks.saturating_mul(measured.f_frsize);
    Ok(MeasuredDisk {
        // What root alone may use does not count.
        free_bytes: measured.f_bavail.saturating_mul(measured.f_frsize),
        total_bytes,
        floor_bytes: config.disk.floor_bytes.min(total_bytes / 20),
    })
}

/// Opens the place of what is too large for the database.
pub(crate) fn blobs(config: &Config, store: &Store) -> Result<BlobStore, OpenError> {
    Ok(BlobStore::open(store.clone(), &config.data_dir.join("blobs"))?)
}

/// The database that tells places, if the settings name one.
pub(crate) fn geo_database(config: &Config) -> Result<Option<Arc<GeoDatabase>>, OpenError> {
    let path = &config.geo_database;
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let wrong = |reason: String| OpenError::Geo {
        path: path.display().to_string(),
        reason,
    };
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let database = GeoDatabase::new(bytes).map_err(|error| wrong(error.to_string()))?;
    Ok(Some(Arc::new(database)))
}

/// Takes the others' rights to a file; where that fails, the folder's own mode still keeps them out.
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
        tracing::warn!(path = %path.display(), error = %error, "the file's mode could not be changed");
    }
}

/// Opens the quarantine of a data folder.
pub(crate) fn quarantine(config: &Config) -> Result<Arc<Quarantine>, OpenError> {
    let disk: Arc<dyn spool::disk::Disk> = Arc::new(RealDisk);
    Ok(Arc::new(Quarantine::open(
        config.data_dir.join("quarantine"),
        QuarantineConfig::default(),
        disk,
    )?))
}

/// Opens the spool; the caller holds the folder's lock.
pub(crate) async fn spool(config: &Config, app: &App, quarantine: &Arc<Quarantine>) -> Result<Spool, OpenError> {
    let mut db = app.store.read().await?;
    let processed = spool_positions::get(&mut db, spool_positions::SHARD).await?;
    // What is not in the event index yet is read once more.
    let wanted = index_batches::list(&mut db).await?.first().map(|batch| batch.start);
    drop(db);
    let options = OpenOptions {
        folder: config.data_dir.join("spool"),
        config: config.spool.clone(),
        disk: Arc::new(RealDisk),
        quarantine: Arc::clone(quarantine),
        clock: Arc::clone(&app.clock),
        processed: Position(wanted.unwrap_or(processed)),
    };
    let (spool, report) = Spool::open(options)?;
    tracing::info!(
        spool.end = report.end.0,
        spool.processed = processed,
        spool.segments = report.segments,
        "spool opened"
    );
    Ok(spool)
}
